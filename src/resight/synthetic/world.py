"""People, domains and days in, a `TrackletSet` out: every cause drawn from a seed of its own.

A person's body and gait, the outfit of a day, a camera and a tracklet each have their own random stream. So the same
person comes out alike whatever else is asked for, and a day changes nothing but the clothes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from resight.errors import RecipeError
from resight.frames import Frames
from resight.synthetic.cameras import DOMAINS, Camera, domain_number, film, make_camera
from resight.synthetic.figure import Figure, pose_at
from resight.synthetic.people import Body, Gait, Outfit, make_body, make_gait, make_outfit
from resight.tracklets import Tracklet, TrackletSet

WORLD_VERSION = "drawn-1"
HEIGHT, WIDTH = 128, 64
RATE = 25.0
"""Frames a second."""


@dataclass(frozen=True)
class SyntheticFrames:
    """Frames that are drawn when they are read: uint8 RGB ``(T, 128, 64, 3)``."""

    domain: str
    person: int
    camera: int
    day: int
    number: int
    length: int
    seed: int

    def __len__(self) -> int:
        return self.length

    def read(self, indices: Sequence[int]) -> Frames:
        """Draw the tracklet and return the frames at `indices`."""
        return _draw(self)[list(indices)]

    def fingerprint(self) -> str:
        """Hash the causes and the world's version."""
        return hashlib.sha256(json.dumps(self.to_record(), sort_keys=True).encode()).hexdigest()

    def to_record(self) -> dict[str, Any]:
        """Return the causes."""
        return {"kind": "synthetic", "world": WORLD_VERSION} | asdict(self)


def source_from_record(record: dict[str, Any]) -> SyntheticFrames:
    """Make the frames that a record describes; raises `RecipeError` where they are of another world's version."""
    causes = dict(record)
    causes.pop("kind")
    if causes.pop("world") != WORLD_VERSION:
        raise RecipeError(f"these synthetic tracklets are of world {record['world']!r}, this is {WORLD_VERSION!r}")
    return SyntheticFrames(**causes)


def synthesize(
    domain: str,
    people: int | Sequence[int],
    *,
    seed: int = 0,
    days: int = 1,
    tracklets_per_camera: int = 1,
    frames: tuple[int, int] = (24, 48),
) -> TrackletSet:
    """Film people with the cameras of a domain.

    Parameters
    ----------
    domain : str
        One of `DOMAINS`.
    people : int or sequence of int
        How many (numbered from 1), or which.
    seed : int
        The world's seed: its people, clothes and cameras.
    days : int
        Each day is filmed anew, in other clothes.
    tracklets_per_camera : int
        Of each person on each day.
    frames : (low, high)
        Range of the tracklets' lengths, inclusive, at 25 frames a second.

    Returns
    -------
    TrackletSet
        Frames are drawn when read. `outfit` is the day's.

    Raises
    ------
    RecipeError
        Where the domain is unknown or a number makes no sense.
    """
    if domain not in DOMAINS:
        raise RecipeError(f"no synthetic domain named {domain!r}; there are {', '.join(DOMAINS)}")
    numbers = range(1, people + 1) if isinstance(people, int) else people
    if len(numbers) == 0 or min(numbers) < 1 or days < 1 or tracklets_per_camera < 1 or not 1 <= frames[0] <= frames[1]:
        raise RecipeError("a synthetic set needs people from 1 on, at least one day, one tracklet and one frame")
    tracklets = []
    for person in numbers:
        for day in range(1, days + 1):
            for camera in range(1, DOMAINS[domain].cameras + 1):
                for number in range(1, tracklets_per_camera + 1):
                    rng = _stream(seed, domain, 4, person, day, camera, number)
                    length = int(rng.integers(frames[0], frames[1] + 1))
                    source = SyntheticFrames(domain, person, camera, day, number, length, seed)
                    key = f"{person:04d}D{day}C{camera}T{number}"
                    tracklets.append(
                        Tracklet(
                            person, camera, f"synthetic-{domain}", key, source, day=day, outfit=day, source="synthetic"
                        )
                    )
    return TrackletSet(tracklets)


def _stream(seed: int, domain: str, cause: int, *numbers: int) -> np.random.Generator:
    return np.random.default_rng([seed, domain_number(domain), cause, *numbers])


@lru_cache(maxsize=4096)
def person_traits(domain: str, person: int, seed: int) -> tuple[Body, Gait]:
    """Return a person's body and gait, for life."""
    return make_body(_stream(seed, domain, 1, person)), make_gait(_stream(seed, domain, 2, person))


@lru_cache(maxsize=4096)
def outfit_of(domain: str, person: int, day: int, seed: int) -> Outfit:
    """Return what a person wears on a day."""
    return make_outfit(_stream(seed, domain, 3, person, day))


@lru_cache(maxsize=256)
def _draw(causes: SyntheticFrames) -> Frames:
    world = DOMAINS[causes.domain]
    camera = make_camera(causes.domain, causes.camera, causes.seed)
    numbers = (causes.person, causes.day, causes.camera, causes.number)
    rng = _stream(causes.seed, causes.domain, 5, *numbers)
    body, gait = person_traits(causes.domain, causes.person, causes.seed)
    outfit = outfit_of(causes.domain, causes.person, causes.day, causes.seed)
    heading = camera.heading + rng.normal(0, 0.12)
    figure = Figure(body, outfit, heading, camera.tilt)
    cadence = gait.cadence * np.exp(rng.normal(0, 0.028))
    phases = rng.uniform(0, 2 * np.pi) + np.pi * cadence / RATE * np.arange(causes.length)
    phases = phases + np.cumsum(rng.normal(0, 0.015, causes.length))
    passers = [_passer(causes, rng) for _ in range(int(rng.poisson(world.passers)))]
    start = rng.uniform(0, camera.background.shape[1] - 160 - 2.0 * causes.length)
    jitter = np.cumsum(rng.normal(0, 0.004, (causes.length, 2)), axis=0) + rng.normal(0, 0.012, (causes.length, 2))
    zoom = camera.size * np.exp(rng.normal(0, 0.03))
    linear = np.empty((causes.length, HEIGHT, WIDTH, 3), np.uint8)
    for t in range(causes.length):
        canvas = _backdrop(camera, start + 2.0 * t * np.cos(heading) ** 2)
        tall = 2 * HEIGHT * zoom / max(0.55, np.cos(camera.tilt))
        foot = np.array([WIDTH * (1 + 2 * jitter[t, 0]), 2 * HEIGHT * (0.5 + zoom / 2 - 0.01 + jitter[t, 1])])
        shadow = (round(0.16 * tall), round(0.03 * tall))
        cv2.ellipse(canvas, foot.round().astype(int).tolist(), shadow, 0, 0, 360, (25, 25, 28), -1, cv2.LINE_AA)
        figure.draw(canvas, foot, float(tall), pose_at(gait, float(phases[t])))
        for other, path, own in passers:
            place = np.array([path[0] + path[1] * t, path[2]])
            other.draw(canvas, place, float(tall * path[3]), pose_at(own, float(phases[t] + path[4])))
        linear[t] = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    light = np.exp(rng.normal(0, 0.22 * world.drift) + rng.normal(0, 0.07 * world.drift, 3)).astype(np.float32)
    return film(linear, camera, light, rng)


def _backdrop(camera: Camera, left: float) -> Frames:
    """Cut the background behind the box, at twice the frame's size."""
    x = int(np.clip(left, 0, camera.background.shape[1] - 2 * WIDTH))
    return np.ascontiguousarray(camera.background[:, x : x + 2 * WIDTH])


def _passer(causes: SyntheticFrames, rng: np.random.Generator) -> tuple[Figure, tuple[float, ...], Gait]:
    """Somebody who crosses in front of the person; nobody that is ever asked for."""
    side = 1 if rng.random() < 0.5 else -1
    figure = Figure(make_body(rng), make_outfit(rng), 0.2 if side > 0 else 2.9, 0.2)
    begin = WIDTH - side * rng.uniform(60, 60 + 4.0 * causes.length)
    path = (
        begin,
        side * rng.uniform(3, 6),
        2 * HEIGHT * rng.uniform(0.98, 1.1),
        rng.uniform(1.0, 1.15),
        rng.uniform(0, 6),
    )
    return figure, path, make_gait(rng)
