"""Films one tracklet: a walker before a camera, with shadow, crowd and backdrop, as the pictures a detector would cut.

Drawing goes on at twice the size; the mean of four is laid over the backdrop, and then the camera's response follows at
the size that the person has on the sensor, at most the tracklet's. So a person seen from far away is blurred as in a
real video.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.frames import Frames, resize_frame
from resight.synthetic.backdrop import DECODE
from resight.synthetic.behind import Behind, standing_camera
from resight.synthetic.boxes import detect, extents
from resight.synthetic.camera import Eyes, move_camera, place_camera
from resight.synthetic.compose import resolve
from resight.synthetic.crowd import draw_passers, standing_things
from resight.synthetic.domains import Domain
from resight.synthetic.gait import TRAITS
from resight.synthetic.light import Light, make_light
from resight.synthetic.mesh import Canvas, Mesh, pose, stand
from resight.synthetic.path import Region, Walk, walk
from resight.synthetic.response import GRAIN, make_grain, make_imager
from resight.synthetic.seeds import Cause, stream
from resight.synthetic.walker import Causes, Walker, make_walker

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shot:
    """What names a tracklet: who, where, when.

    Attributes
    ----------
    causes : Causes
        Who is filmed.
    day, camera, number, length : int
        Day and camera from 1, number of the tracklet of this person, day and camera, frames.
    camera_seed : int
        Of the cameras and their light.
    miss : bool
        Whether the detector is wrong (junk).
    action : str
        What is done, one of `motion.NAMES`.
    """

    causes: Causes
    day: int
    camera: int
    number: int
    length: int
    camera_seed: int
    miss: bool = False
    action: str = "walk"

    def stream(self, domain: Domain, cause: Cause, *more: int) -> np.random.Generator:
        """Return the tracklet's random stream of a cause."""
        who = self.causes
        return stream(who.seed, domain.name, cause, who.person, self.day, self.camera, self.number, *more)


@dataclass(frozen=True, eq=False)
class Plan:
    """A tracklet before anything is drawn: the camera's places, its light, the walk."""

    eyes: Eyes
    light: Light
    walk: Walk
    heading: float


def plan(domain: Domain, shot: Shot, walker: Walker) -> Plan:
    """Draw a tracklet's camera, light and walk."""
    view = domain.view(shot.camera)
    if view.redraw:
        numbers = (shot.causes.person, shot.day, shot.number)
        eyes = place_camera(domain, shot.camera, shot.camera_seed, *numbers)
    else:
        eyes, _ = standing_camera(domain, shot.camera, shot.camera_seed)
    eyes = move_camera(eyes, domain, shot.camera, shot.length, shot.stream(domain, Cause.EYE))
    rng = shot.stream(domain, Cause.PATH)
    heading = float(np.radians(rng.choice(view.headings) + rng.normal(0, view.spread)))
    speed = walker.speed_of(shot.action) * float(np.exp(rng.normal(0, 0.05)))
    path = walk(region_of(eyes), heading, speed, shot.length, domain.rate, rng)
    light = make_light(domain, shot.camera, shot.day, shot.camera_seed, shot.stream(domain, Cause.LIGHT))
    return Plan(eyes, light, path, heading)


def region_of(eyes: Eyes) -> Region:
    """Return the ground on which people walk before a camera."""
    distance = float(-eyes.positions[:, 1].mean())
    return Region.before(max(distance, 4.0), distance * eyes.sensor[0] / 2 / eyes.lens)


def film(domain: Domain, shot: Shot) -> list[bytes]:
    """Draw a tracklet; one JPEG a frame, of the size of the person on the sensor but at most the domain's size."""
    walker = make_walker(shot.causes)
    made = plan(domain, shot, walker)
    stride = shot.stream(domain, Cause.STRIDE)
    subject = pose(walker, made.walk, made.eyes, made.light, domain.rate, stride, action=shot.action)
    boxes = detect(extents(subject.points), domain.boxes, shot.stream(domain, Cause.BOX), shot.miss)
    meshes = [subject, *_passers(domain, shot, made, boxes)]
    if not domain.view(shot.camera).redraw:
        distance = float(-made.eyes.positions[0, 1])
        things = standing_things(domain, shot.camera, distance, shot.camera_seed)
        meshes.extend(stand(thing, made.eyes, made.light) for thing in things)
    return _expose(domain, shot, made, meshes, boxes)


def sensor_height(wanted: int, boxes: Array) -> int:
    """Return the height at which a tracklet is recorded: its boxes' on the sensor, at most the frames' own."""
    tall = float(np.median(boxes[:, 2]))
    return wanted if tall > 0.88 * wanted else max(16, 2 * round(tall / 2))


def decode(picture: bytes, size: tuple[int, int]) -> Frames:
    """Read a JPEG of `film` as uint8 RGB ``(H, W, 3)`` of a size, enlarged where it was recorded smaller."""
    found = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    image = cv2.cvtColor(np.asarray(found), cv2.COLOR_BGR2RGB)
    return resize_frame(np.asarray(image, dtype=np.uint8), size)


def explain(domain: Domain, shot: Shot) -> dict[str, float]:
    """Return in numbers what a tracklet's streams decide: walk, light, camera, body, gait."""
    walker = make_walker(shot.causes)
    made = plan(domain, shot, walker)
    light, place = made.light, made.eyes.positions.mean(axis=0)
    named = {
        "heading": float(np.degrees(made.heading) % 360),
        "speed": made.walk.speed,
        "start_phase": float(shot.stream(domain, Cause.STRIDE).uniform(0, 2 * np.pi)),  # what a walk draws first
        "height": float(walker.height),
        "camera_height": float(place[2]),
        "camera_distance": float(-place[1]),
        "light": float(light.on_ground.mean()),
        "sun": float((light.sun * light.direction[2]).mean() / light.on_ground.mean()),
    }
    return named | gait_columns(walker)


def gait_columns(walker: Walker) -> dict[str, float]:
    """Return the gait's parameters by the names of their columns, each standardised over the population."""
    traits = walker.gait.vector()
    own = (f"own_{i}" for i in range(len(traits) - len(TRAITS)))
    return {f"gait_{name}": float(value) for name, value in zip((*TRAITS, *own), traits, strict=True)}


def _passers(domain: Domain, shot: Shot, made: Plan, boxes: Array) -> list[Mesh]:
    """Pose the people who pass by, each for the frames in which the box may hold them."""
    meshes = []
    for passer in draw_passers(domain, made.walk, made.eyes, shot.stream(domain, Cause.CROWD)):
        first, last = _seen(passer.walk, made.eyes, boxes)
        if first < last:
            part = Walk(passer.walk.positions[first:last], passer.walk.headings[first:last], passer.walk.speed)
            walker = make_walker(Causes(shot.causes.seed, domain.name, passer.person))
            rng = shot.stream(domain, Cause.PASSER, passer.number)
            meshes.append(pose(walker, part, made.eyes, made.light, domain.rate, rng, first))
    return meshes


def _seen(path: Walk, eyes: Eyes, boxes: Array) -> tuple[int, int]:
    """Return the first frame and the one after the last in which somebody on a walk may be in the box."""
    feet = np.column_stack([path.positions, np.zeros(len(path.positions))])
    ends = eyes.project(np.stack([feet, feet + np.array([0, 0, 1.9])], axis=1))
    reach = 0.4 * np.linalg.norm(ends[:, 0, :2] - ends[:, 1, :2], axis=1) + boxes[:, 2] / 4
    beside = np.abs(ends[..., 0].mean(axis=1) - boxes[:, 0]) < reach
    frames = np.flatnonzero(beside & (ends[..., 2].min(axis=1) > 1.0))
    return (int(frames[0]), int(frames[-1]) + 1) if len(frames) else (0, 0)


def _expose(domain: Domain, shot: Shot, made: Plan, meshes: list[Mesh], boxes: Array) -> list[bytes]:
    """Draw frame by frame."""
    height = sensor_height(domain.size[0], boxes)
    width = height // 2
    shift = shot.stream(domain, Cause.BACKDROP).uniform(-12, 12, 2)
    behind = Behind(domain, shot.camera, shot.camera_seed, made.eyes, shift)
    imager, grain = make_imager(domain, shot.camera, shot.camera_seed), make_grain(shot.camera_seed)
    rng = shot.stream(domain, Cause.NOISE)
    starts = rng.integers(GRAIN, size=shot.length)
    gains = np.cumsum(rng.normal(0, domain.response.exposure / np.sqrt(domain.rate), shot.length))
    gains = np.exp(gains - gains.mean())
    canvas, linear = Canvas.of(height, width), np.empty((height, width, 3), np.float32)
    on_ground, held_back = (part.astype(np.float32) for part in (made.light.on_ground, made.light.held_back))
    pictures = []
    for t, (x, y, tall) in enumerate(boxes.tolist()):
        corner, scale = (x - tall / 4, y - tall / 2), height / tall
        canvas.clear()
        for mesh in meshes:
            canvas.draw(mesh, t, corner, scale)
        shadow = canvas.shadows(made.light.softness * height / 1.9)
        picture = behind.cut(t, corner, scale, width, height)
        resolve(canvas.colour, canvas.depth, picture, DECODE, on_ground, shadow, held_back, linear)
        pictures.append(imager.take(linear, float(gains[t]), grain, int(starts[t])))
    return pictures
