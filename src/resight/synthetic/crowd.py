"""What comes between the camera and a person: other walkers, luggage, posts, belts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from resight.synthetic.camera import Eyes
from resight.synthetic.domains import Domain
from resight.synthetic.path import Walk
from resight.synthetic.roles import PASSERS_BY
from resight.synthetic.seeds import Cause, stream

Array = NDArray[np.float64]
AROUND = 0.5
"""Seconds before and after a tracklet in which somebody may cross, and be half in the picture still."""
POOL = 96
"""Different passers-by of a domain."""
CORNERS = np.array([[x, y, z] for z in (0, 1) for x in (-0.5, 0.5) for y in (-0.5, 0.5)], dtype=np.float32)
SIDES = (((0, 1, 5, 4), (-1, 0, 0)), ((2, 6, 7, 3), (1, 0, 0)), ((0, 4, 6, 2), (0, -1, 0)), ((1, 3, 7, 5), (0, 1, 0)))
TOP = ((4, 5, 7, 6), (0, 0, 1))


@dataclass(frozen=True, eq=False)
class Thing:
    """An object that stands, as a mesh with normals of its own for each face.

    Attributes
    ----------
    vertices, normals : float32 ``(V, 3)``
        Metres.
    faces : int32 ``(F, 3)``
        Seen from both sides: every triangle stands there twice, once turned round.
    colour : float32 ``(3,)``
        Linear RGB.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    faces: NDArray[np.int32]
    colour: NDArray[np.float32]


def block(middle: Array, size: Array, low: float, colour: Array, turned: float = 0.0) -> Thing:
    """Return a block of `size` (x, y, z) metres whose underside is at height `low`, turned about the vertical."""
    cosine, sine = np.cos(turned), np.sin(turned)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], dtype=np.float32)
    corners = (CORNERS * size.astype(np.float32)) @ turn.T + np.array([*middle, low], dtype=np.float32)
    vertices: list[NDArray[np.float32]] = []
    normals: list[NDArray[np.float32]] = []
    faces: list[tuple[int, int, int]] = []
    for corner, normal in (*SIDES, TOP):
        first = len(vertices)
        vertices.extend(corners[i] for i in corner)
        normals.extend([turn @ np.array(normal, dtype=np.float32)] * 4)
        for a, b, c in ((0, 1, 2), (0, 2, 3)):
            faces.extend([(first + a, first + b, first + c), (first + c, first + b, first + a)])
    return Thing(np.array(vertices), np.array(normals), np.array(faces, np.int32), np.asarray(colour, np.float32))


@lru_cache(maxsize=64)
def standing_things(domain: Domain, camera: int, distance: float, seed: int) -> tuple[Thing, ...]:
    """Draw the luggage, posts and belts before a camera that stands `distance` metres from the middle of the walks."""
    knobs = domain.crowd
    rng = stream(seed, domain.name, Cause.PROPS, camera)
    things = []
    for _ in range(int(rng.poisson(knobs.luggage))):
        size = np.array([rng.uniform(0.3, 0.5), rng.uniform(0.22, 0.35), rng.uniform(0.5, 0.8)])
        things.append(block(_place(rng, distance), size, 0.04, _dark_colour(rng), rng.uniform(0, np.pi)))
    for _ in range(int(rng.poisson(knobs.posts))):
        size = np.array([1, 1, 0]) * rng.uniform(0.06, 0.22) + np.array([0, 0, rng.uniform(0.9, 4)])
        things.append(block(_place(rng, distance), size, 0.0, np.full(3, rng.uniform(0.06, 0.5))))
    if rng.random() < knobs.belt:
        (x, y), span, height = _place(rng, distance), rng.uniform(1.2, 2.2), rng.uniform(0.45, 0.8)
        belt = block(np.array([x, y]), np.array([span, 0.02, 0.06]), height, _dark_colour(rng))
        ends = [np.array([x - span / 2, y]), np.array([x + span / 2, y])]
        posts = [block(end, np.array([0.07, 0.07, height + 0.1]), 0.0, np.full(3, 0.12)) for end in ends]
        things.extend([belt, *posts])
    return tuple(things)


@dataclass(frozen=True, eq=False)
class Passer:
    """Somebody who passes by: person number, walk over all frames, own number for streams."""

    person: int
    walk: Walk
    number: int


def draw_passers(domain: Domain, subject: Walk, eyes: Eyes, rng: np.random.Generator) -> list[Passer]:
    """Draw who passes by during a tracklet; each crosses the line from the camera to the person at some moment.

    Parameters
    ----------
    domain, subject, eyes
        Domain, the person's walk, the camera's places.
    rng : Generator
        Of the tracklet's crowd.
    """
    knobs = domain.crowd
    frames = len(subject.positions)
    count = int(rng.poisson(knobs.passers_by * (frames / domain.rate + 2 * AROUND)))
    return [_passer(domain, subject, eyes, rng, number) for number in range(count)]


def _passer(domain: Domain, subject: Walk, eyes: Eyes, rng: np.random.Generator, number: int) -> Passer:
    knobs = domain.crowd
    person = PASSERS_BY + int(rng.integers(POOL))
    frames, around = len(subject.positions), round(AROUND * domain.rate)
    moment = int(rng.integers(-around, frames + around))
    within = min(max(moment, 0), frames - 1)
    near = rng.random() < knobs.near
    place = subject.positions[within]
    towards = eyes.positions[min(within, len(eyes.positions) - 1), :2] - place
    distance = float(np.linalg.norm(towards))
    offset = min(rng.uniform(0.5, 2.2), 0.4 * distance) if near else -rng.uniform(0.6, 3.0)
    crossing = place + towards / max(0.5, distance) * offset
    if rng.random() < knobs.alongside:
        heading, speed = subject.headings[within] + rng.normal(0, 0.12), subject.speed * np.exp(rng.normal(0, 0.1))
        crossing = crossing + rng.normal(0, 0.45, 2)
    else:
        heading = rng.normal(0, 0.5) + (np.pi if rng.random() < 0.5 else 0.0)
        speed = rng.uniform(0.9, 1.6)
    direction = np.array([np.cos(heading), np.sin(heading)])
    times = (np.arange(frames) - moment) / domain.rate
    positions = crossing + direction * speed * times[:, None]
    return Passer(person, Walk(positions, np.full(frames, heading), float(speed)), number)


def _place(rng: np.random.Generator, distance: float) -> Array:
    """Draw a place between the camera and the middle of the walks, nearer to the walks."""
    return np.array([rng.normal(0, 1.6), -distance * rng.uniform(0.08, 0.45)])


def _dark_colour(rng: np.random.Generator) -> Array:
    """Draw a reflectance, mostly dark, sometimes strong."""
    return np.asarray(np.clip(rng.uniform(0.02, 0.12) + rng.exponential(0.06, 3) * rng.random(), 0.02, 0.7))
