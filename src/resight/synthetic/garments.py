"""What is no part of the body's skin: skirts, coats, long hair, bags, a cap's peak; small meshes on the same bones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resight.synthetic.atlas import layout, strip_uv
from resight.synthetic.body import Body, template
from resight.synthetic.clothes import HAIR_DEPTH, hem_height, marks
from resight.synthetic.wardrobe import Looks, Outfit

Floats = NDArray[np.float64]
Bones = dict[str, float]

AROUND, DOWN = 20, 7
"""Vertices of a skirt around the body, and its levels."""


@dataclass(frozen=True)
class Piece:
    """A mesh at rest, metres, and who carries each vertex (four bones and their weights)."""

    vertices: Floats
    faces: NDArray[np.int32]
    uv: NDArray[np.float32]
    bone_of: NDArray[np.int32]
    weight: Floats


def _bone(name: str) -> int:
    shared = template()
    free = {"free.L": len(shared.bones), "free.R": len(shared.bones) + 1}
    return free[name] if name in free else shared.bone(name)


def _grid_faces(rows: int, columns: int) -> NDArray[np.int32]:
    """Return the triangles of a tube of `rows` rings, seen from outside; the columns close up and run to the left."""
    faces = []
    for row in range(rows - 1):
        for column in range(columns):
            a, b = row * columns + column, row * columns + (column + 1) % columns
            c, d = a + columns, b + columns
            faces += [(a, c, b), (b, c, d)]
    return np.array(faces, np.int32)


def blob(centre: Floats, size: tuple[float, float, float], square: float, cell: str, carried: Bones) -> Piece:
    """Return a rounded box.

    Parameters
    ----------
    centre : float64 (3,)
        Metres, at rest.
    size : (x, y, z)
        Metres, from side to side.
    square : float
        1 is an ellipsoid, near 0 a box.
    cell : str
        Of the atlas's strip.
    carried : dict
        Shares of the bones that carry it, four at most.
    """
    lift = np.linspace(np.pi / 2, -np.pi / 2, 6)
    around = np.linspace(0, 2 * np.pi, 9)[:-1] + np.pi / 8
    up, out = (np.sign(f(lift)) * np.abs(f(lift)).clip(0) ** square for f in (np.sin, np.cos))
    x, y = (np.sign(f(around)) * np.abs(f(around)) ** square for f in (np.cos, np.sin))
    flat = np.stack([out[:, None] * x, out[:, None] * y, np.repeat(up[:, None], 8, axis=1)], axis=-1)
    vertices = centre + 0.5 * np.array(size) * flat.reshape(-1, 3)
    across = np.abs(np.angle(np.exp(1j * (around + np.pi / 2)))) / np.pi
    uv = strip_uv(cell, np.tile(across, 6), np.repeat(np.linspace(0, 1, 6), 8))
    bone_of, weight = np.zeros((len(vertices), 4), np.int32), np.zeros((len(vertices), 4))
    for column, (name, share) in enumerate(carried.items()):
        bone_of[:, column], weight[:, column] = _bone(name), share
    return Piece(vertices, _grid_faces(6, 8), uv, bone_of, weight)


def _skirt(body: Body, points: Floats, top: float, hem: float, ease: float, flare: float) -> Piece:
    """Return a tube around pelvis and thighs from one height to another, on the dressed body `points`."""
    shared, vertex = template(), layout().vertex
    trunk = (vertex["torso"] + vertex["leg"] + vertex["foot"]) > 0.6
    levels = np.linspace(0, 1, DOWN)
    angle = 2 * np.pi * np.arange(AROUND) / AROUND
    scale = body.height / layout().body.height
    rings, weights, uv = [], [], []
    for level in levels:
        z = (top + (hem - top) * level) * scale
        near = points[trunk & (np.abs(points[:, 2] - z) < 0.035 * scale)]
        wide = np.abs(near[:, 0]).max() + ease + flare * level
        front, back = near[:, 1].min() - ease - 0.8 * flare * level, near[:, 1].max() + ease + 0.8 * flare * level
        rings.append((wide, front, back, z))
    shape = np.array(rings)
    shape[:, 0] = np.minimum(np.maximum.accumulate(shape[:, 0]), shape[:, 0].max())
    shape[:, 1] = np.minimum.accumulate(shape[:, 1])
    shape[2:, 2] = np.maximum(shape[2:, 2], shape[2, 2] - 0.02)
    bone_of = np.zeros((DOWN * AROUND, 4), np.int32)
    bone_of[:, :3] = [shared.bone("pelvis"), shared.bone("thigh.L"), shared.bone("thigh.R")]
    vertices = []
    for level, (wide, front, back, z) in zip(levels, shape, strict=True):
        side, depth = (np.sign(f(angle)) * np.abs(f(angle)) ** 0.7 for f in (np.sin, np.cos))
        vertices.append(
            np.stack([wide * side, 0.5 * (front + back) + 0.5 * (front - back) * depth, np.full(AROUND, z)], axis=1)
        )
        thigh = 0.82 * level**0.8
        left = np.clip(0.5 + 0.75 * side, 0, 1)
        weights.append(np.stack([np.full(AROUND, 1 - thigh), thigh * left, thigh * (1 - left), 0 * left], axis=1))
        folded = np.minimum(angle, 2 * np.pi - angle) / np.pi
        uv.append(strip_uv("skirt", folded, np.full(AROUND, level)))
    return Piece(
        np.concatenate(vertices), _grid_faces(DOWN, AROUND), np.concatenate(uv), bone_of, np.concatenate(weights)
    )


def _hair(body: Body, points: Floats, looks: Looks) -> list[Piece]:
    """Return what hangs from the head."""
    share = layout().vertex["head"] > 0.8
    head = points[share]
    crown, back = float(head[:, 2].max()), float(head[:, 1].max())
    tall = crown - float(body.joints[_bone("head"), 2])
    centre = np.array([0.0, back - 0.025, crown - 0.25 * tall])
    if looks.hair_style == "bun":
        return [blob(centre + np.array([0, 0.035, 0.02]), (0.10, 0.09, 0.09), 0.9, "hair", {"head": 1.0})]
    if looks.hair_style == "tail":
        return [
            blob(centre + np.array([0, 0.025, -0.02]), (0.06, 0.07, 0.06), 0.9, "hair", {"head": 1.0}),
            blob(centre + np.array([0, 0.05, -0.14]), (0.055, 0.05, 0.24), 0.8, "hair", {"head": 0.7, "chest": 0.3}),
        ]
    if looks.hair_style != "long":
        return []
    length = tall * (1.35 + 25 * max(0.0, looks.hairline))
    piece = blob(
        centre + np.array([0, -0.015, -0.5 * length + 0.03]),
        (0.17 + HAIR_DEPTH["long"], 0.10, length),
        0.6,
        "hair",
        {"head": 1.0},
    )
    low = np.clip((crown - 0.65 * tall - piece.vertices[:, 2]) / length, 0, 0.8)
    piece.bone_of[:, :2] = [_bone("head"), _bone("chest")]
    piece.weight[:, :2] = np.stack([1 - low, low], axis=1)
    return [piece]


def _bag(body: Body, points: Floats, outfit: Outfit) -> list[Piece]:
    """Return what is carried."""
    scale, sign = body.height / layout().body.height, 1 if outfit.bag_side == "L" else -1
    size = float(np.clip(outfit.scale, 0.75, 1.3))
    chest, hip = body.joints[_bone("chest")], body.joints[_bone(f"thigh.{outfit.bag_side}")]
    trunk = points[layout().vertex["torso"] > 0.8]
    if outfit.bag == "backpack":
        near = trunk[np.abs(trunk[:, 2] - chest[2]) < 0.15]
        depth = 0.17 * size
        centre = np.array([0.0, near[:, 1].max() + 0.22 * depth, chest[2] - 0.03])
        return [blob(centre, (0.30 * size, depth, 0.42 * size), 0.45, "bag", {"chest": 0.8, "spine_mid": 0.2})]
    if outfit.bag == "shoulder":
        near = trunk[np.abs(trunk[:, 2] - hip[2]) < 0.10]
        centre = np.array([sign * (np.abs(near[:, 0]).max() + 0.05), hip[1] + 0.04, hip[2] + 0.02])
        return [blob(centre, (0.10 * size, 0.32 * size, 0.24 * size), 0.4, "bag", {"pelvis": 1.0})]
    if outfit.bag in ("hand", "case"):
        wide, tall = (0.27, 0.24) if outfit.bag == "hand" else (0.38, 0.28)
        knuckles = body.knuckles[0 if outfit.bag_side == "L" else 1]
        centre = knuckles + np.array([0, 0, -(0.07 * scale + 0.5 * tall * size)])
        return [blob(centre, (0.09, wide * size, tall * size), 0.35, "bag", {f"free.{outfit.bag_side}": 1.0})]
    return []


def pieces(body: Body, points: Floats, outfit: Outfit, looks: Looks) -> list[Piece]:
    """Return all that is worn and carried besides the skin.

    Parameters
    ----------
    body : Body
        Bare, at rest.
    points : float64 (V, 3)
        Its vertices in clothes, from `clothes.fit`.
    outfit, looks
        What is worn, and by whom.
    """
    mark = marks()
    found: list[Piece] = []
    if outfit.top == "coat":
        found.append(_skirt(body, points, mark.waist, hem_height(outfit), 0.006, 0.03))
    elif outfit.bottom == "skirt":
        hem = mark.hip - outfit.bottom_length * (mark.hip - mark.ankle)
        found.append(_skirt(body, points, mark.waist - 0.02, hem, 0.012, outfit.skirt_flare))
    if outfit.hat != "scarf":
        found += _hair(body, points, looks)
    if outfit.hat == "cap":
        head = points[layout().vertex["head"] > 0.8]
        brow = np.array([0.0, head[:, 1].min() - 0.02, head[:, 2].max() - 0.34 * mark.head])
        found.append(blob(brow, (0.15, 0.14, 0.022), 0.8, "hat", {"head": 1.0}))
    return found + _bag(body, points, outfit)
