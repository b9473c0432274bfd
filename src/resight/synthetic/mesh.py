"""Meshes before a camera: walkers and things with their image points, light and shadow, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.camera import Eyes
from resight.synthetic.compose import cast, place
from resight.synthetic.crowd import Thing
from resight.synthetic.light import Light
from resight.synthetic.path import Walk
from resight.synthetic.raster import draw
from resight.synthetic.walker import Walker

Points = NDArray[np.float32]
NEAREST = 0.4
"""A mesh with a vertex nearer to the camera than this is not drawn, metres."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """A mesh over frames.

    Attributes
    ----------
    points : float32 ``(T, V, 3)``
        x and y in the sensor's pixels, and the distance; T is 1 for a thing before a camera that stays.
    shade : float32 ``(T, V, 3)`` or ``(1, V, 3)``
        Linear light.
    shadow : float32 ``(T, V, 3)`` or None
        The points' shadows on the ground, in the same form.
    faces, uv, atlas, reflectance
        As `resight.synthetic.raster.draw` takes them.
    first : int
        Frame of the tracklet at which the mesh's own begin.
    """

    points: Points
    shade: Points
    shadow: Points | None
    faces: NDArray[np.int32]
    uv: Points
    atlas: NDArray[np.uint8]
    reflectance: Points
    first: int = 0

    def at(self, t: int) -> int | None:
        """Return the mesh's own index of a frame; None where it is not there."""
        if self.shadow is None:
            return min(t, len(self.points) - 1)
        return t - self.first if 0 <= t - self.first < len(self.points) else None


@dataclass(frozen=True, eq=False)
class Canvas:
    """What a frame is drawn on, at twice its size, and the shadows on its ground.

    Attributes
    ----------
    colour, depth : float32 ``(2h, 2w, 3)`` and ``(2h, 2w)``
    shadow : float32 ``(h / 2, w / 2)``
    """

    colour: Points
    depth: Points
    shadow: Points

    @classmethod
    def of(cls, height: int, width: int) -> Canvas:
        """Return an empty canvas for frames of a size."""
        canvas = cls(
            np.empty((2 * height, 2 * width, 3), np.float32),
            np.empty((2 * height, 2 * width), np.float32),
            np.empty((height // 2, width // 2), np.float32),
        )
        canvas.clear()
        return canvas

    def clear(self) -> None:
        """Empty the canvas: colour counts only where something was drawn since."""
        self.depth.fill(np.inf)
        self.shadow.fill(0)

    def shadows(self, soft: float) -> Points:
        """Return the shadows ``(h, w)``, their edges blurred by `soft` pixels of the frame, at least 1.2."""
        blurred = cv2.GaussianBlur(self.shadow, (0, 0), max(0.6, soft / 2))
        height, width = self.depth.shape
        whole = cv2.resize(blurred, (width // 2, height // 2), interpolation=cv2.INTER_LINEAR)
        return np.asarray(whole, dtype=np.float32)

    def draw(self, mesh: Mesh, t: int, corner: tuple[float, float], scale: float) -> bool:
        """Draw a mesh and its shadow as frame `t` shows them.

        Parameters
        ----------
        mesh, t
            Mesh and frame.
        corner : (x, y)
            Of the canvas on the sensor, pixels.
        scale : float
            Pixels of the frame for one of the sensor.

        Returns
        -------
        bool
            Whether a part of the mesh may be on the canvas.
        """
        index = mesh.at(t)
        if index is None:
            return False
        placed = np.empty(mesh.points.shape[1:], np.float32)
        height, width = self.depth.shape
        nearest, inside = place(mesh.points[index], corner[0], corner[1], 2 * scale, width, height, placed)
        if nearest < NEAREST:
            return False
        if mesh.shadow is not None:
            fallen = np.empty_like(placed)
            height, width = self.shadow.shape
            _, falls_inside = place(mesh.shadow[index], corner[0], corner[1], scale / 2, width, height, fallen)
            if falls_inside:
                cast(fallen, mesh.faces, self.shadow)
        if inside:
            shade = mesh.shade[min(index, len(mesh.shade) - 1)]
            draw(placed, shade, mesh.faces, mesh.uv, mesh.atlas, mesh.reflectance, self.colour, self.depth)
        return inside


def pose(
    walker: Walker,
    path: Walk,
    eyes: Eyes,
    light: Light,
    rate: float,
    rng: np.random.Generator,
    first: int = 0,
    action: str = "walk",
) -> Mesh:
    """Pose somebody along a path that begins at frame `first`, and see them with the eyes of the same frames."""
    times = (first + np.arange(len(path.positions))) / rate
    vertices, normals = walker.pose(times, path.positions, path.headings, rng, action)
    own = eyes.part(first, len(times))
    fallen = vertices.copy()
    fallen[..., :2] -= vertices[..., 2:] * (light.direction[:2] / light.direction[2]).astype(np.float32)
    fallen[..., 2] = 0
    return Mesh(
        points=own.project(vertices),
        shade=light.shade(normals),
        shadow=own.project(fallen),
        faces=walker.faces,
        uv=walker.uv,
        atlas=walker.atlas,
        reflectance=_LINEAR,
        first=first,
    )


def stand(thing: Thing, eyes: Eyes, light: Light) -> Mesh:
    """See a thing that stands; it throws no shadow."""
    return Mesh(
        points=eyes.project(thing.vertices[None]),
        shade=light.shade(thing.normals)[None],
        shadow=None,
        faces=thing.faces,
        uv=np.zeros((len(thing.vertices), 2), np.float32),
        atlas=ONE_TEXEL,
        reflectance=thing.colour,
    )


_VALUES = np.arange(256) / 255
_LINEAR = np.where(_VALUES <= 0.04045, _VALUES / 12.92, ((_VALUES + 0.055) / 1.055) ** 2.4).astype(np.float32)
"""Reflectance of the values of a person's atlas, which are sRGB."""
ONE_TEXEL = np.arange(3, dtype=np.uint8)[None, None]
"""Of a thing in one colour, whose parts are the reflectances."""
