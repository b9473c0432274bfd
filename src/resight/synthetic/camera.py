"""Pinhole cameras: where they stand, how they move, and where a point of the world falls in their picture.

World axes: metres, z up, ground at z = 0. Walks go on around the origin; a camera stands at negative y and looks along
y, so that a heading of 0 goes to the right in its picture and π/2 away from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.domains import Domain
from resight.synthetic.seeds import Cause, stream

Array = NDArray[np.float64]
Points = NDArray[np.float32]
BODY = 1.70
"""Height by which a lens is chosen, metres."""
CLOSEST = 5.0
"""Nearest that a camera whose depression is given comes to the chest of a person in the middle, metres."""


@dataclass(frozen=True, eq=False)
class Eyes:
    """A camera over T frames, or over all frames alike where T is 1.

    Attributes
    ----------
    positions : ``(T, 3)``
        Metres.
    rotations : ``(T, 3, 3)``
        Rows are the camera's right, down and forward in the world.
    lens : float
        Focal length, pixels.
    sensor : (width, height)
        Pixels.
    """

    positions: Array
    rotations: Array
    lens: float
    sensor: tuple[int, int]

    def part(self, first: int, frames: int) -> Eyes:
        """Return some frames of the camera."""
        if len(self.positions) == 1:
            return self
        chosen = slice(first, first + frames)
        return Eyes(self.positions[chosen], self.rotations[chosen], self.lens, self.sensor)

    def project(self, points: NDArray[np.floating]) -> Points:
        """Project ``(T, V, 3)`` or ``(1, V, 3)`` points: x and y in pixels, and the distance along the axis in metres.

        Points behind the camera have a distance below 0 and a place without meaning, but finite.
        """
        frames = max(len(points), len(self.positions))
        found = np.empty((frames, points.shape[1], 3), np.float32)
        width, height = self.sensor
        given = np.ascontiguousarray(points, dtype=np.float32)
        project_points(given, self.rotations, self.positions, self.lens, width / 2, height / 2, found)
        return found

    def rays(self, pixels: NDArray[np.floating]) -> Array:
        """Return the directions ``(..., 3)``, not of unit length, in which pixels ``(..., 2)`` of frame 0 look."""
        local = np.concatenate([(pixels - np.array(self.sensor) / 2) / self.lens, np.ones((*pixels.shape[:-1], 1))], -1)
        return np.asarray(local @ self.rotations[0])

    def ground(self, frame: int) -> Array:
        """Return the homography ``(3, 3)`` from the ground's (x, y, 1) to a frame's pixels."""
        index = frame if len(self.positions) > 1 else 0
        rotation, position = self.rotations[index], self.positions[index]
        view = np.column_stack([rotation[:, 0], rotation[:, 1], -rotation @ position])
        width, height = self.sensor
        inner = np.array([[self.lens, 0, width / 2], [0, self.lens, height / 2], [0, 0, 1]])
        return np.asarray(inner @ view)


@numba.njit(cache=True, nogil=True)
def project_points(
    points: Points, rotations: Array, positions: Array, lens: float, middle_x: float, middle_y: float, found: Points
) -> None:
    """Write the projections of `Eyes.project` into `found` ``(T, V, 3)``; points and camera may have one frame."""
    for t in range(found.shape[0]):
        turn, place = rotations[min(t, rotations.shape[0] - 1)], positions[min(t, positions.shape[0] - 1)]
        own = points[min(t, points.shape[0] - 1)]
        for v in range(found.shape[1]):
            x, y, z = own[v, 0] - place[0], own[v, 1] - place[1], own[v, 2] - place[2]
            depth = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * z
            safe = depth if abs(depth) > 1e-3 else 1e-3
            found[t, v, 0] = middle_x + lens * (turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * z) / safe
            found[t, v, 1] = middle_y + lens * (turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * z) / safe
            found[t, v, 2] = depth


def place_camera(domain: Domain, camera: int, seed: int, *tracklet: int) -> Eyes:
    """Draw where a camera stands and its lens; one frame.

    Parameters
    ----------
    domain, camera, seed
        Decide a camera that stays; it is numbered from 1.
    *tracklet : int
        Numbers of the tracklet, by which a camera that takes a new place each time is drawn besides.
    """
    view = domain.view(camera)
    rng = stream(seed, domain.name, Cause.CAMERA, camera, *(tracklet if view.redraw else ()))
    height = float(np.exp(rng.uniform(*np.log(view.height))))
    share = rng.uniform()
    if view.distance is not None:
        distance = view.distance[0] + share * (view.distance[1] - view.distance[0])
    else:
        low, high = view.depression or (45.0, 45.0)
        distance = (height - 1) / np.tan(np.radians(low + share * (high - low)))
        distance = max(distance, np.sqrt(max(0.0, CLOSEST**2 - (height - 1) ** 2)), 0.3)
    position = np.array([0.0, -distance, height])
    rotation = look(position, np.array([rng.normal(0, 0.3), 0.0, 0.9]), rng.normal(0, 0.01))
    lens = view.lens
    wanted = rng.uniform(*(view.body or (1.0, 1.0)))
    if lens is None:
        one = Eyes(position[None], rotation[None], 1.0, domain.sensor)
        ends = one.project(np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, BODY]]]))[0]
        lens = wanted / float(np.linalg.norm(ends[0, :2] - ends[1, :2]))
    return Eyes(position[None], rotation[None], float(lens), domain.sensor)


def move_camera(eyes: Eyes, domain: Domain, camera: int, frames: int, rng: np.random.Generator) -> Eyes:
    """Let a flying camera drift and shake over a tracklet; one that neither drifts nor shakes is returned as it is."""
    view = domain.view(camera)
    if view.drift == 0 and view.shake == 0:
        return eyes
    times = np.arange(frames)[:, None] / domain.rate
    velocity = rng.normal(0, view.drift, 3) * np.array([1, 1, 0.4])
    positions = eyes.positions[0] + velocity * (times - times.mean())
    positions[:, 2] = np.maximum(positions[:, 2], 2.5)
    turns = _wandering(rng, (frames, 3)) * view.shake + rng.normal(0, view.shake * 4, 3) * times
    rotations = np.stack([small_turn(*turn) @ eyes.rotations[0] for turn in turns])
    return Eyes(positions, rotations, eyes.lens, eyes.sensor)


def look(position: Array, target: Array, roll: float) -> Array:
    """Return the rotation of a camera at `position` that looks at `target`, turned about its axis by `roll` radians."""
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, np.array([0.0, 0.0, 1.0]))
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    return np.asarray(small_turn(0, 0, roll) @ np.stack([right, down, forward]))


def small_turn(pitch: float, yaw: float, roll: float) -> Array:
    """Return the rotation about a camera's right, down and forward axes, in that order (radians)."""
    (cp, sp), (cy, sy), (cr, sr) = ((np.cos(a), np.sin(a)) for a in (pitch, yaw, roll))
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def _wandering(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Return noise of standard deviation 1 along axis 0 in which each value keeps 80 % of the one before."""
    noise = rng.standard_normal(shape)
    for t in range(1, shape[0]):
        noise[t] = 0.8 * noise[t - 1] + 0.6 * noise[t]
    return noise
