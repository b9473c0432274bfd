"""Films a whole camera view: people who cross it, with a box and an identity for each in every frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resight.errors import RecipeError
from resight.frames import Frames
from resight.synthetic.backdrop import DECODE
from resight.synthetic.behind import Behind
from resight.synthetic.camera import Eyes, move_camera, place_camera
from resight.synthetic.compose import resolve
from resight.synthetic.crowd import standing_things
from resight.synthetic.domains import Domain, load_domain
from resight.synthetic.film import decode, gait_columns, region_of
from resight.synthetic.light import Light, make_light
from resight.synthetic.mesh import Canvas, Mesh, pose, stand
from resight.synthetic.path import Walk
from resight.synthetic.response import GRAIN, make_grain, make_imager
from resight.synthetic.roles import NOBODYS, dressed, dummy
from resight.synthetic.seeds import Cause, stream
from resight.synthetic.walker import Causes, Walker, make_walker

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SceneBox:
    """Where somebody is in a frame.

    Attributes
    ----------
    person : int
        Identity, the same at all cameras of a domain.
    left, top, width, height : float
        Pixels; a box may reach out of the frame.
    visible : float
        Share of the body that is within the frame and not hidden, about; 0 to 1.
    """

    person: int
    left: float
    top: float
    width: float
    height: float
    visible: float


@dataclass(frozen=True, eq=False)
class Crossing:
    """Somebody's way through a scene: first frame, the one after the last, the walk between, its heading (radians)."""

    person: int
    first: int
    last: int
    walk: Walk
    heading: float


def film_scene(
    domain: str | Path | Domain,
    people: int | Sequence[int],
    camera: int,
    seconds: float,
    seed: int = 0,
    *,
    day: int = 1,
    number: int = 1,
) -> Iterator[tuple[Frames, list[SceneBox]]]:
    """Film people who cross a camera's view, each once, at a moment of their own.

    Parameters
    ----------
    domain : str, Path or Domain
        As `resight.synthetic.synthesis.synthesize` takes it.
    people : int or sequence of int
        How many (numbered from 1), or which; the same as tracklets show at equal seeds.
    camera : int
        From 1.
    seconds : float
        Length of the scene.
    seed, day, number : int
        The world's seed, the day whose clothes are worn, and which scene of this camera and day.

    Yields
    ------
    tuple
        A frame, uint8 RGB ``(H, W, 3)`` of the domain's sensor, and the boxes of those who are in it.

    Raises
    ------
    RecipeError
        Where the domain or the camera is unknown or a number makes no sense.
    """
    knobs = load_domain(domain)
    numbers = range(1, people + 1) if isinstance(people, int) else people
    if len(numbers) == 0 or min(numbers) < 1 or max(numbers) >= NOBODYS or day < 1:
        raise RecipeError("a scene needs people from 1 on, and a day from 1 on")
    if not 1 <= camera <= knobs.cameras:
        raise RecipeError(f"domain {knobs.name} has cameras 1 to {knobs.cameras}, not {camera}")
    frames = round(seconds * knobs.rate)
    if frames < 1:
        raise RecipeError(f"a scene of {seconds:g} seconds has no frame")
    return _film(knobs, [int(person) for person in numbers], camera, frames, seed, day, number)


def explain_scene(
    domain: Domain, people: Sequence[int], camera: int, frames: int, seed: int, day: int, number: int = 1
) -> list[dict[str, float]]:
    """Return in numbers how each of some people crosses a scene: when, where to, how fast, with which gait.

    Frames count from 1 and are those in which the person is near enough to be drawn; ``first`` is above ``last`` where
    nobody comes.
    """
    eyes, _ = _eyes(domain, camera, frames, seed, day, number)
    rows = []
    for person in people:
        own = _crossing(domain, person, camera, frames, seed, day, number, eyes)
        walker = _walker(domain, person, seed, day)
        named = {"first": own.first + 1, "last": own.last, "heading": float(np.degrees(own.heading) % 360)}
        stride = _stride(domain, own, seed, day, camera, number)
        phase = float(stride.uniform(0, 2 * np.pi))  # what a walk draws first
        named |= {"speed": own.walk.speed, "start_phase": phase}
        rows.append(named | {"height": float(walker.height)} | gait_columns(walker))
    return rows


def _eyes(
    domain: Domain, camera: int, frames: int, seed: int, day: int, number: int
) -> tuple[Eyes, np.random.Generator]:
    """Place a camera and let it move; return the stream that goes on from there."""
    rng = stream(seed, domain.name, Cause.SCENE, camera, day, number)
    return move_camera(place_camera(domain, camera, seed, 0, day, number), domain, camera, frames, rng), rng


def _film(
    domain: Domain, people: list[int], camera: int, frames: int, seed: int, day: int, number: int
) -> Iterator[tuple[Frames, list[SceneBox]]]:
    eyes, rng = _eyes(domain, camera, frames, seed, day, number)
    light = make_light(domain, camera, day, seed, rng)
    width, height = domain.sensor
    behind = Behind(domain, camera, seed, eyes, np.zeros(2))
    imager, grain = make_imager(domain, camera, seed), make_grain(seed)
    starts = rng.integers(GRAIN, size=frames)
    canvas, linear = Canvas.of(height, width), np.empty((height, width, 3), np.float32)
    on_ground, held_back = (part.astype(np.float32) for part in (light.on_ground, light.held_back))
    things: list[Mesh] = []
    if not domain.view(camera).redraw:
        standing = standing_things(domain, camera, float(-eyes.positions[0, 1]), seed)
        things = [stand(thing, eyes, light) for thing in standing]
    crossings = [_crossing(domain, person, camera, frames, seed, day, number, eyes) for person in people]
    present: dict[int, Mesh] = {}
    for t in range(frames):
        canvas.clear()
        for crossing in crossings:
            if crossing.first == t:
                present[crossing.person] = _enter(domain, crossing, eyes, light, seed, day, camera, number)
            if crossing.last == t:
                present.pop(crossing.person, None)
        drawn = [who for who, mesh in present.items() if canvas.draw(mesh, t, (0, 0), 1.0)]
        for thing in things:
            canvas.draw(thing, t, (0, 0), 1.0)
        found = [_box(who, present[who], t, canvas) for who in drawn]
        shadow = canvas.shadows(light.softness * 60)
        picture = behind.cut(t, (0, 0), 1.0, width, height)
        resolve(canvas.colour, canvas.depth, picture, DECODE, on_ground, shadow, held_back, linear)
        frame = decode(imager.take(linear, 1.0, grain, int(starts[t])), (height, width))
        yield frame, sorted((box for box in found if box.visible > 0), key=lambda box: box.person)


def _walker(domain: Domain, person: int, seed: int, day: int) -> Walker:
    """Return somebody as tracklets show them."""
    return make_walker(Causes(seed, domain.name, person, clothes_of=dummy(dressed(domain, person, day, seed))))


def _crossing(
    domain: Domain, person: int, camera: int, frames: int, seed: int, day: int, number: int, eyes: Eyes
) -> Crossing:
    """Draw when and where somebody crosses: straight on, past the middle at a moment of the scene."""
    rng = stream(seed, domain.name, Cause.SCENE, camera, day, number, person)
    view, region = domain.view(camera), region_of(eyes)
    heading = float(np.radians(rng.choice(view.headings) + rng.normal(0, view.spread)))
    speed = _walker(domain, person, seed, day).speed * float(np.exp(rng.normal(0, 0.05)))
    direction = np.array([np.cos(heading), np.sin(heading)])
    middle = rng.normal(0, 0.3, 2) * np.array([region.across, 0.6 * region.along])
    moment = int(rng.integers(frames))
    steps = (np.arange(frames) - moment) * speed / domain.rate
    positions = middle + direction * steps[:, None]
    scaled = (positions - np.array([0, region.middle])) / np.array([1.4 * region.across, region.along])
    inside = np.flatnonzero((scaled**2).sum(axis=1) < 1)
    first, last = (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 0)
    return Crossing(person, first, last, Walk(positions[first:last], np.full(last - first, heading), speed), heading)


def _enter(
    domain: Domain, crossing: Crossing, eyes: Eyes, light: Light, seed: int, day: int, camera: int, number: int
) -> Mesh:
    rng = _stride(domain, crossing, seed, day, camera, number)
    walker = _walker(domain, crossing.person, seed, day)
    return pose(walker, crossing.walk, eyes, light, domain.rate, rng, crossing.first)


def _stride(domain: Domain, crossing: Crossing, seed: int, day: int, camera: int, number: int) -> np.random.Generator:
    return stream(seed, domain.name, Cause.STRIDE, crossing.person, day, camera, number, 1)


def _box(person: int, mesh: Mesh, t: int, canvas: Canvas) -> SceneBox:
    """Return the box around a body that was drawn, and how much of it is to be seen."""
    points = mesh.points[t - mesh.first]
    (left, top), (right, bottom) = points[:, :2].min(axis=0).tolist(), points[:, :2].max(axis=0).tolist()
    height, width = canvas.depth.shape
    place = np.floor(2 * points[:, :2]).astype(int)
    within = (place[:, 0] >= 0) & (place[:, 1] >= 0) & (place[:, 0] < width) & (place[:, 1] < height)
    thick = max(0.4, float(np.ptp(points[:, 2])))  # hides itself up to that
    nearest = canvas.depth[place[within, 1], place[within, 0]]
    seen = float((points[within, 2] < nearest + thick).sum()) / len(points)
    return SceneBox(person, left, top, right - left, bottom - top, round(seen, 3))
