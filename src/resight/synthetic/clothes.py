"""Dresses a body: paints the atlas and pushes the skin outwards to where the cloth hangs."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from resight.synthetic.atlas import HEIGHT, SIDE, WIDTH, layout, strip
from resight.synthetic.body import Body, template
from resight.synthetic.wardrobe import Colour, Looks, Outfit

Floats = NDArray[np.float64]
Picture = NDArray[np.float64]

HAIR_DEPTH = {"bald": 0.0, "short": 0.008, "full": 0.022, "long": 0.016, "bun": 0.010, "tail": 0.010}
"""Metres that the hair stands off the head."""


def wear(outfit: Outfit, woman: bool) -> Outfit:
    """Return the outfit as this person wears it: men wear trousers where it has a skirt."""
    if woman or outfit.bottom != "skirt":
        return outfit
    return replace(outfit, bottom="trousers", bottom_length=1.0)


def _edge(value: Floats, soft: float = 0.01) -> Floats:
    """Return 1 where the value is above 0, 0 where it is below, with a soft edge."""
    return np.clip(0.5 + value / soft, 0, 1)


@lru_cache(maxsize=1)
def _marks() -> dict[str, float]:
    """Heights (metres, on the mean body) from which clothes are measured."""
    body, bone = layout().body, template().bone
    return {
        "waist": body.joints[bone("spine_mid"), 2] - 0.01,
        "hip": body.joints[bone("thigh.L"), 2],
        "ankle": body.joints[bone("foot.L"), 2],
        "chin": body.joints[bone("head"), 2] - 0.015,
        "neck": body.joints[bone("neck"), 2],
        "shoulder": body.joints[bone("upper_arm.L"), 2],
        "crown": body.vertices[:, 2].max(),
    }


def cover(fields: dict[str, Floats], outfit: Outfit) -> dict[str, Floats]:
    """Return how much (0 to 1) of each garment lies on every vertex or texel, the upper ones first."""
    mark = _marks()
    upper = fields["torso"] + fields["arm"] + 0.4 * fields["neck"]
    lower = fields["torso"] + fields["leg"]
    z, out = fields["z"], np.abs(fields["x"])
    trunk = np.clip(fields["torso"] + 0.4 * fields["neck"], 0, 1)
    bottom_edge = (
        mark["hip"] - outfit.hem * (mark["hip"] - mark["ankle"]) if outfit.hem > 0 else mark["hip"] - outfit.hem
    )
    back = fields.get("back", np.zeros_like(z))
    high = outfit.top in ("hoodie", "jacket", "coat", "shirt")
    neckline = (
        mark["neck"] + (0.045 if high else 0.012) - (1 - back) * (0.02 if high else 0.05) * np.exp(-((out / 0.06) ** 2))
    )
    sleeve = _edge(outfit.sleeves - fields["arm_way"], 0.03) * _edge(fields["arm"] - fields["hand"], 0.1)
    on_arm = np.clip(fields["arm"], 0, 1)
    top = np.clip(upper + fields["leg"], 0, 1) * _edge(neckline - z) * _edge(z - bottom_edge)
    top = np.where(on_arm > 0.5, sleeve, top * (1 - fields["hand"]))
    legs = np.clip(lower, 0, 1) * _edge(mark["waist"] + 0.03 - z)
    length = fields["leg_way"] * fields["leg"] + 1.02 * fields["foot"]
    bottom = legs * _edge(outfit.bottom_length * 1.0 + 0.005 - length, 0.02)
    bottom = np.where(on_arm + fields["hand"] > 0.5, 0, bottom)
    shoe = _edge(fields["foot"] - 0.5, 0.2)
    if outfit.boots > 0:
        shoe = np.maximum(shoe, fields["leg"] * _edge(fields["leg_way"] - 1 + outfit.boots, 0.02))
    sock = fields["leg"] * _edge(fields["leg_way"] - 0.93, 0.02)
    del trunk
    return {"shoe": shoe, "top": top, "bottom": bottom, "sock": sock}


def _scalp(fields: dict[str, Floats], looks: Looks, back: Floats) -> Floats:
    """Return how much of the hair lies on every vertex or texel."""
    mark = _marks()
    tall = mark["crown"] - mark["chin"]
    z, out = fields["z"], np.abs(fields["x"])
    front_line = mark["crown"] - (0.26 * tall - looks.hairline) + 2.5 * np.maximum(0, 0.05 - out) * 0
    sides = _edge(out - 0.062, 0.012) * _edge(z - (mark["chin"] + 0.35 * tall), 0.01)
    front = np.maximum(_edge(z - front_line, 0.012), sides)
    rear = _edge(z - (mark["chin"] + 0.10 * tall), 0.015)
    if looks.hair_style == "bald":
        front, rear = front * 0, rear * 0.5 * _edge(mark["crown"] - 0.25 * tall - z, 0.05)
    return np.asarray(_edge(fields["head"] - 0.5, 0.2) * np.where(back > 0.5, rear, front))


@lru_cache(maxsize=1)
def _smoother() -> sparse.csr_matrix:
    """Average over a vertex and its neighbours."""
    faces, count = template().faces, template().vertices
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    links = sparse.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (count, count))
    near = (links + links.T).sign() + sparse.identity(count)
    return sparse.csr_matrix(sparse.diags(1 / np.asarray(near.sum(axis=1)).ravel()) @ near)


def _normals(points: Floats) -> Floats:
    faces = template().faces
    corners = points[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], flat)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


def fit(body: Body, outfit: Outfit, looks: Looks) -> Floats:
    """Return the body's vertices at rest in its clothes and hair, metres ``(V, 3)``."""
    fields = layout().vertex
    worn = cover(fields, outfit)
    cloth = np.clip(worn["top"] + worn["bottom"], 0, 1)
    points = body.vertices
    for _ in range(2):
        smooth = _smoother() @ points
        points = points + (0.6 * cloth)[:, None] * (smooth - points)
    normals = _normals(points)
    way = fields["arm_way"]
    top = worn["top"] * outfit.top_ease * np.where(fields["arm"] > 0.5, 0.55 + 0.35 * way, 1.0)
    low = worn["bottom"] * outfit.bottom_ease * (0.45 + 0.75 * fields["leg_way"])
    shoe = worn["shoe"] * 0.006
    hair = _scalp(fields, looks, (normals[:, 1] > -0.2).astype(float)) * HAIR_DEPTH[looks.hair_style]
    points = points + normals * (np.maximum(top, low) + shoe + hair)[:, None]
    sole = worn["shoe"] * _edge(0.03 - layout().vertex["z"], 0.02) * 0.012
    points[:, 2] -= sole
    return np.asarray(points)


def paint(outfit: Outfit, looks: Looks) -> NDArray[np.uint8]:
    """Paint the atlas: uint8 sRGB ``(HEIGHT, WIDTH, 3)``."""
    fields = layout().texel
    picture = np.empty((HEIGHT, WIDTH, 3))
    body = picture[:, : 2 * SIDE]
    body[:] = looks.skin
    _face(body, fields, looks)
    worn = cover(fields, outfit)
    _lay(body, worn["sock"], np.broadcast_to(outfit.socks, body.shape))
    _lay(body, worn["bottom"], _bottom(fields, outfit))
    _lay(body, worn["top"], _top(fields, outfit))
    shoe = np.where(fields["z"][..., None] < 0.022, outfit.soles, outfit.shoes)
    _lay(body, worn["shoe"], shoe)
    picture[:, 2 * SIDE :] = 0.5
    for cell, colour in _strip_colours(outfit, looks).items():
        picture[strip(cell)] = colour
    return np.asarray((np.clip(picture * _folds(outfit), 0, 1) * 255).round(), dtype=np.uint8)


def _strip_colours(outfit: Outfit, looks: Looks) -> dict[str, Colour]:
    skirt = outfit.top_colour if outfit.top == "coat" else outfit.bottom_colour
    return {
        "skirt": skirt,
        "hair": looks.hair,
        "bag": outfit.bag_colour,
        "strap": outfit.bag_colour,
        "hat": outfit.hat_colour,
        "sole": outfit.soles,
    }


def _lay(picture: Picture, amount: Floats, colour: Picture) -> None:
    picture += amount[..., None] * (colour - picture)


def _face(picture: Picture, fields: dict[str, Floats], looks: Looks) -> None:
    mark = _marks()
    tall = mark["crown"] - mark["chin"]
    up = (fields["z"] - mark["chin"]) / tall
    out, front = np.abs(fields["x"]), (1 - fields["back"]) * _edge(fields["head"] - 0.5, 0.2)
    dark = np.array(looks.hair) * 0.8
    beard = front * _edge(0.22 - up + 1.5 * np.maximum(0, out - 0.04), 0.06)
    _lay(picture, looks.beard * beard, np.broadcast_to(dark, picture.shape))
    _lay(
        picture,
        0.55 * front * np.exp(-(((up - 0.13) / 0.02) ** 2) - (out / 0.025) ** 2),
        np.broadcast_to((0.5, 0.2, 0.2), picture.shape),
    )
    for level, width, amount in ((0.52, 0.025, 0.75), (0.59, 0.018, 0.6)):
        spot = np.exp(-(((up - level) / width) ** 2) - ((out - 0.032) / 0.015) ** 2)
        _lay(picture, amount * front * spot, np.broadcast_to(dark, picture.shape))
    if looks.glasses:
        frame = front * _edge(0.035 - np.abs(up - 0.52), 0.02) * _edge(0.062 - out, 0.006) * _edge(out - 0.008, 0.006)
        _lay(picture, 0.7 * frame, np.broadcast_to((0.08, 0.08, 0.09), picture.shape))
    _lay(picture, _scalp(fields, looks, fields["back"]), np.broadcast_to(looks.hair, picture.shape))


def _bottom(fields: dict[str, Floats], outfit: Outfit) -> Picture:
    colour = np.broadcast_to(outfit.bottom_colour, (*fields["z"].shape, 3)).copy()
    middle = np.exp(-(((np.abs(fields["x"]) - 0.14) / 0.05) ** 2)) * _edge(0.6 - fields["leg_way"], 0.2)
    colour += (outfit.fade * middle)[..., None] * (0.75 - colour)
    if outfit.side_stripe:
        outer = _edge(np.abs(fields["x"]) - (0.175 + 0.03 * fields["leg_way"]), 0.012)
        _lay(colour, outer, np.broadcast_to(outfit.second, colour.shape))
    belt = _edge(0.018 - np.abs(fields["z"] - _marks()["waist"]), 0.008)
    _lay(colour, 0.6 * belt, np.broadcast_to((0.10, 0.09, 0.09), colour.shape))
    return colour


def _top(fields: dict[str, Floats], outfit: Outfit) -> Picture:
    mark = _marks()
    z, x, back = fields["z"], fields["x"], fields["back"]
    colour = np.broadcast_to(outfit.top_colour, (*z.shape, 3)).copy()
    on_arm = fields["arm"] > 0.5
    level = np.where(on_arm, 1.25 - 0.5 * fields["arm_way"], z)
    second = np.broadcast_to(outfit.second, colour.shape)
    if outfit.pattern == "stripes":
        _lay(colour, _edge(np.sin(2 * np.pi * level / (0.07 * outfit.scale)), 0.5), second)
    elif outfit.pattern == "pinstripes":
        _lay(colour, _edge(np.sin(2 * np.pi * x / (0.05 * outfit.scale)) - 0.3, 0.5) * (1 - on_arm), second)
    elif outfit.pattern == "hoop":
        _lay(colour, _edge(0.07 * outfit.scale - np.abs(level - 1.2)), second)
    elif outfit.pattern == "checks":
        period = 0.10 * outfit.scale
        lines = np.maximum(np.sin(2 * np.pi * level / period), np.sin(2 * np.pi * x / period))
        _lay(colour, 0.7 * _edge(lines - 0.45, 0.4), second)
    elif outfit.pattern == "blocks":
        _lay(colour, np.where(on_arm, 1.0, _edge(z - 1.27 - 0.05 * (outfit.scale - 1))), second)
    elif outfit.pattern == "logo":
        size = 0.055 * outfit.scale
        behind = 1.0 if outfit.folds % 3 == 0 else 0.0
        spot = _edge(size - np.abs(z - 1.24)) * _edge(1.5 * size - np.abs(x)) * (back == behind)
        _lay(colour, spot * (1 - on_arm), second)
    if outfit.open_front > 0:
        gap = _edge(outfit.open_front * (0.5 + 1.2 * (mark["neck"] - z)) - np.abs(x)) * (1 - back) * (1 - on_arm)
        _lay(colour, gap, np.broadcast_to(outfit.inner, colour.shape))
    elif outfit.top in ("jacket", "coat", "shirt"):
        line = _edge(0.006 - np.abs(x), 0.006) * (1 - back) * (1 - on_arm)
        _lay(colour, 0.5 * line, 0.5 * colour)
    if outfit.top in ("shirt", "jacket", "coat", "hoodie"):
        collar = _edge(z - mark["neck"] - 0.005) * (1 - on_arm)
        _lay(colour, 0.35 * collar, 0.5 * colour)
    return colour


def _folds(outfit: Outfit) -> Picture:
    """Unevenness of cloth, for it looks like plastic without: coarse folds and fine grain, around 1."""
    rng = np.random.default_rng(outfit.folds)
    rough = rng.normal(0, 1, (HEIGHT // 12, WIDTH // 8)).astype(np.float32)
    coarse = np.asarray(cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))
    fine = rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    return np.asarray(1 + 0.09 * coarse + 0.04 * cv2.GaussianBlur(fine, (0, 0), 0.8))[..., None].astype(np.float64)
