"""The map from body to picture: the body at rest, projected to the front and to the back, side by side.

All people share the map: it is made on the mean body. So clothes are painted as on a paper doll, in metres of the mean
body, and fit everybody. A strip at the right is left for what the body does not have: skirts, hair, bags.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.body import Body, body_from, template
from resight.synthetic.raster import draw

Floats = NDArray[np.float64]
Field = NDArray[Any]

HEIGHT, SIDE, STRIP = 288, 128, 64
WIDTH = 2 * SIDE + STRIP
"""Of the atlas, in pixels."""
CELLS = {
    "skirt": (0, 96),
    "hair": (96, 144),
    "bag": (144, 208),
    "strap": (208, 224),
    "hat": (224, 256),
    "sole": (256, 288),
}
"""Rows of the strip."""
PARTS = ("head", "neck", "torso", "arm", "hand", "leg", "foot")
_PART_OF = {
    "pelvis": "torso",
    "spine_low": "torso",
    "spine_mid": "torso",
    "chest": "torso",
    "neck": "neck",
    "head": "head",
    "clavicle": "torso",
    "upper_arm": "arm",
    "forearm": "arm",
    "hand": "hand",
    "thigh": "leg",
    "shank": "leg",
    "foot": "foot",
    "toe": "foot",
}


@dataclass(frozen=True)
class Layout:
    """The mean body's mesh, cut along the silhouette, and what lies where.

    Of the cut mesh's V vertices: `source` is the body's own vertex, `twin` the first vertex at the same place, `uv` the
    place in the atlas. `used` tells the texels ``(HEIGHT, 2 SIDE)`` of front and back that the body shows. `vertex` and
    `texel` hold, for each body vertex and for each texel in use ``(N,)``: `x` (left positive) and `z` (metres),
    `arm_way` (0 shoulder, 1 wrist), `leg_way` (0 hip, 1 ankle), `back` (0 front, 1 back) and one share from 0 to 1 for
    each of `PARTS`.
    """

    source: NDArray[np.int32]
    twin: NDArray[np.int32]
    faces: NDArray[np.int32]
    uv: NDArray[np.float32]
    used: NDArray[np.bool_]
    vertex: dict[str, Floats]
    texel: dict[str, Field]
    body: Body


def strip(cell: str) -> tuple[slice, slice]:
    """Return where a cell of the strip lies: rows and columns of the atlas."""
    return slice(*CELLS[cell]), slice(2 * SIDE, WIDTH)


def strip_uv(cell: str, across: Floats, down: Floats) -> NDArray[np.float32]:
    """Return texture coordinates within a cell, from 0 to 1 each, kept off its border."""
    top, bottom = CELLS[cell]
    u = (2 * SIDE + 1 + across * (STRIP - 2)) / WIDTH
    v = (top + 1 + down * (bottom - top - 2)) / HEIGHT
    return np.stack([u, v], axis=-1).astype(np.float32)


def along(points: Floats, chain: list[Floats]) -> Floats:
    """Return how far along a chain of joints each point lies, 0 to 1 by length."""
    lengths = [float(np.linalg.norm(b - a)) for a, b in pairwise(chain)]
    best, result = np.full(len(points), np.inf), np.zeros(len(points))
    for number, (a, b) in enumerate(pairwise(chain)):
        way = (points - a) @ (b - a) / lengths[number] ** 2
        kept = np.clip(way, 0, 1)
        distance = np.linalg.norm(points - a - kept[:, None] * (b - a), axis=1)
        closer = distance < best
        best[closer] = distance[closer]
        result[closer] = (sum(lengths[:number]) + kept[closer] * lengths[number]) / sum(lengths)
    return result


@lru_cache(maxsize=1)
def layout() -> Layout:
    """Make the map."""
    shared = template()
    body = body_from(np.zeros(len(shared.components)), False)
    points = body.vertices
    corners = points[shared.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    back = (normal[:, 1] > 0).astype(int)
    pairs, inverse = np.unique(shared.faces * 2 + back[:, None], return_inverse=True)
    source, side = pairs // 2, pairs % 2
    faces = inverse.reshape(-1, 3).astype(np.int32)
    first = np.full(shared.vertices, -1)
    first[source[::-1]] = np.arange(len(source))[::-1]
    span = np.abs(points[:, 0]).max() * 1.02
    tall = points[:, 2].max() * 1.01
    across = 0.5 + 0.5 * points[source, 0] / span * (1 - 2 * side)
    uv = np.stack([(side + across) * SIDE / WIDTH, 1 - points[source, 2] / tall], axis=1)
    vertex = _fields(body)
    drawn, maps = _spread(uv, faces, np.stack([values[source] for values in vertex.values()], axis=1))
    used = cv2.dilate(drawn.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2) > 0
    texel = {name: maps[used, number] for number, name in enumerate(vertex)}
    rows, columns = np.mgrid[:HEIGHT, : 2 * SIDE]
    texel["z"] = ((1 - (rows + 0.5) / HEIGHT) * tall)[used]
    texel["back"] = (columns >= SIDE)[used].astype(float)
    texel["x"] = (((columns % SIDE + 0.5) / SIDE - 0.5) * 2 * span)[used] * (1 - 2 * texel["back"])
    return Layout(
        source.astype(np.int32),
        first[source].astype(np.int32),
        faces,
        uv.astype(np.float32),
        used,
        vertex,
        {name: values.astype(np.float32) for name, values in texel.items()},
        body,
    )


def vertex_normals(points: Floats) -> Floats:
    """Return the outward normals of a body's vertices, ``(V, 3)``, of length 1."""
    faces = template().faces
    corners = points[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    count = len(points)
    normals = np.stack(
        [sum(np.bincount(faces[:, k], flat[:, axis], count) for k in range(3)) for axis in range(3)], axis=1
    )
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


def _fields(body: Body) -> dict[str, Floats]:
    shared = template()
    full = np.zeros((shared.vertices, len(shared.bones)))
    np.put_along_axis(full, shared.bone_of, shared.weight, axis=1)
    fields = {part: np.zeros(shared.vertices) for part in PARTS}
    for number, bone in enumerate(shared.bones):
        fields[_PART_OF[bone.partition(".")[0]]] += full[:, number]
    left = body.vertices[:, 0] > 0
    for name, chain in (("arm", ("upper_arm", "forearm", "hand")), ("leg", ("thigh", "shank", "foot"))):
        ways = [
            along(body.vertices, [body.joints[shared.bone(f"{bone}.{side}")] for bone in chain]) for side in ("L", "R")
        ]
        fields[f"{name}_way"] = np.where(left, ways[0], ways[1])
    behind = (vertex_normals(body.vertices)[:, 1] > 0).astype(float)
    return fields | {"x": body.vertices[:, 0], "z": body.vertices[:, 2], "back": behind}


def _spread(uv: Floats, faces: NDArray[np.int32], values: Floats) -> tuple[NDArray[np.bool_], Field]:
    """Draw values per vertex ``(V, K)`` into the picture; tell where, and continue them to where no triangle lies."""
    points = np.column_stack([uv[:, 0] * WIDTH, uv[:, 1] * HEIGHT, np.ones(len(uv))]).astype(np.float32)
    nowhere, texel, white = np.zeros((len(uv), 2), np.float32), np.zeros((1, 1, 3), np.uint8), np.ones(1, np.float32)
    count = values.shape[1]
    padded = np.pad(values, ((0, 0), (0, -count % 3))).astype(np.float32)
    picture = np.full((HEIGHT, 2 * SIDE, padded.shape[1]), np.nan, np.float32)
    for first in range(0, padded.shape[1], 3):
        canvas = np.full((HEIGHT, WIDTH, 3), np.nan, np.float32)
        depth = np.full((HEIGHT, WIDTH), 2, np.float32)
        for order in (faces, faces[:, ::-1].copy()):
            draw(points, padded[:, first : first + 3].copy(), order, nowhere, texel, white, canvas, depth)
        picture[..., first : first + 3] = canvas[:, : 2 * SIDE]
    hole = np.isnan(picture[..., 0])
    _, nearest = cv2.distanceTransformWithLabels(hole.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    known = np.zeros((nearest.max() + 1, count), np.float32)
    known[nearest[~hole]] = picture[~hole][:, :count]
    return ~hole, known[nearest]
