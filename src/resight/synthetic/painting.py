"""Paints skin, hair and clothes into a person's atlas, as on a paper doll."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.atlas import HEIGHT, SIDE, WIDTH, Field, layout, strip
from resight.synthetic.clothes import cover, edge, marks, scalp
from resight.synthetic.wardrobe import Colour, Looks, Outfit

Floats32 = NDArray[np.float32]

DARK: Colour = (0.09, 0.08, 0.08)
LIPS: Colour = (0.50, 0.20, 0.20)


def paint(outfit: Outfit, looks: Looks) -> NDArray[np.uint8]:
    """Paint the atlas.

    Parameters
    ----------
    outfit, looks
        What is worn, and by whom.

    Returns
    -------
    uint8 (HEIGHT, WIDTH, 3)
        sRGB.
    """
    used, fields = layout().used, layout().texel
    doll = np.empty((len(fields["z"]), 3), np.float32)
    doll[:] = looks.skin
    _face(doll, fields, looks)
    worn = cover(fields, outfit)
    _lay(doll, worn["sock"], outfit.socks)
    _lay(doll, worn["bottom"], _bottom(fields, outfit))
    _lay(doll, worn["top"], _top(fields, outfit))
    _lay(doll, worn["shoe"], np.where(fields["z"][:, None] < 0.022, outfit.soles, outfit.shoes))
    _straps(doll, fields, outfit)
    hair = looks.hair if outfit.hat == "none" else outfit.hat_colour
    _lay(doll, scalp(fields, looks, outfit), hair)
    if outfit.hat == "scarf":
        _lay(doll, fields["neck"] * edge(fields["z"] - marks().neck + 0.03), hair)
    picture = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    picture[:, : 2 * SIDE][used] = doll
    picture[strip("skirt")] = _skirt(outfit)
    picture[strip("hair")] = looks.hair if outfit.hat != "scarf" else outfit.hat_colour
    picture[strip("bag")] = outfit.bag_colour
    picture[strip("hat")] = outfit.hat_colour
    picture *= _folds(outfit)
    return np.asarray((np.clip(picture, 0, 1) * 255 + 0.5), dtype=np.uint8)


def _lay(picture: Floats32, amount: Field, colour: Field | Colour) -> None:
    """Lay a colour over the picture, in place, where there is any of it."""
    where = np.flatnonzero(amount > 0.004)
    paint_on = np.asarray(colour, np.float32)
    target = paint_on[where] if paint_on.ndim == 2 else paint_on
    picture[where] += np.asarray(amount, np.float32)[where, None] * (target - picture[where])


def _face(picture: Floats32, fields: dict[str, Field], looks: Looks) -> None:
    """Paint beard, mouth, eyes, brows and glasses."""
    up = (fields["z"] - marks().chin) / marks().head
    out, front = np.abs(fields["x"]), (1 - fields["back"]) * edge(fields["head"] - 0.5, 0.2)
    red, green, blue = looks.hair
    dark = (0.8 * red, 0.8 * green, 0.8 * blue)
    _lay(picture, looks.beard * front * edge(0.22 - up + 1.5 * np.maximum(0, out - 0.04), 0.06), dark)
    _lay(picture, 0.55 * front * np.exp(-(((up - 0.13) / 0.02) ** 2) - (out / 0.025) ** 2), LIPS)
    for level, width, amount in ((0.52, 0.025, 0.75), (0.59, 0.018, 0.6)):
        spot = np.exp(-(((up - level) / width) ** 2) - ((out - 0.032) / 0.015) ** 2)
        _lay(picture, amount * front * spot, dark)
    if looks.glasses:
        rim = np.abs(np.hypot(out - 0.034, 0.26 * (up - 0.51)) - 0.02)
        _lay(picture, 0.6 * front * edge(0.004 - rim, 0.004), DARK)


def _bottom(fields: dict[str, Field], outfit: Outfit) -> Floats32:
    out, way = np.abs(fields["x"]), fields["leg_way"]
    colour = np.empty((len(out), 3), np.float32)
    colour[:] = outfit.bottom_colour
    _lay(colour, outfit.fade * np.exp(-(((out - 0.14) / 0.05) ** 2)) * edge(0.6 - way, 0.2), (0.75, 0.75, 0.75))
    if outfit.side_stripe:
        _lay(colour, edge(out - (0.19 + 0.045 * way), 0.012), outfit.second)
    _lay(colour, 0.6 * edge(0.018 - np.abs(fields["z"] - marks().waist), 0.008), DARK)
    return colour


def pattern(outfit: Outfit, x: Field, level: Field, sleeve: Field) -> Field:
    """Return how much of the second colour a pattern shows, 0 to 1.

    Parameters
    ----------
    outfit : Outfit
        Whose pattern and scale.
    x, level : (N,)
        Metres across and up; on sleeves `level` runs along the arm.
    sleeve : (N,)
        True on sleeves.
    """
    name, scale = outfit.pattern, outfit.scale
    if name == "stripes":
        return edge(np.sin(2 * np.pi * level / (0.07 * scale)), 0.5)
    if name == "pinstripes":
        return np.where(sleeve, 0, edge(np.sin(2 * np.pi * x / (0.05 * scale)) - 0.3, 0.5))
    if name == "hoop":
        return edge(0.07 * scale - np.abs(level - 1.2))
    if name == "checks":
        period = 2 * np.pi / (0.10 * scale)
        return 0.7 * edge(np.maximum(np.sin(period * level), np.sin(period * x)) - 0.45, 0.4)
    if name == "blocks":
        return np.where(sleeve, 1.0, edge(level - 1.22 - 0.05 * scale))
    return np.zeros(len(x), np.float32)


def _top(fields: dict[str, Field], outfit: Outfit) -> Floats32:
    z, x, front = fields["z"], fields["x"], 1 - fields["back"]
    colour = np.empty((len(z), 3), np.float32)
    colour[:] = outfit.top_colour
    sleeve = fields["arm"] > 0.5
    body = ~sleeve
    _lay(colour, pattern(outfit, x, np.where(sleeve, 1.25 - 0.5 * fields["arm_way"], z), sleeve), outfit.second)
    if outfit.pattern == "logo":
        size = 0.055 * outfit.scale
        side = front if outfit.folds % 3 else 1 - front
        _lay(colour, edge(size - np.abs(z - 1.24)) * edge(1.5 * size - np.abs(x)) * side * body, outfit.second)
    dark = 0.5 * colour
    if outfit.open_front > 0:
        gap = edge(outfit.open_front * (0.5 + 1.2 * (marks().neck - z)) - np.abs(x))
        _lay(colour, gap * front * body, outfit.inner)
    elif outfit.top in ("jacket", "coat", "shirt"):
        _lay(colour, 0.6 * edge(0.006 - np.abs(x), 0.006) * front * body, dark)
    if outfit.top in ("shirt", "jacket", "coat", "hoodie"):
        _lay(colour, 0.4 * edge(z - marks().neck - 0.005) * body, dark)
    if outfit.top in ("jacket", "hoodie", "sweater"):
        _lay(colour, 0.3 * edge(fields["arm_way"] - outfit.sleeves + 0.06, 0.03) * sleeve, dark)
    return colour


def _straps(picture: Floats32, fields: dict[str, Field], outfit: Outfit) -> None:
    """Paint the straps of a bag over shoulder and chest."""
    z, x, front, mark = fields["z"], fields["x"], 1 - fields["back"], marks()
    if outfit.bag == "backpack":
        strap = edge(0.022 - np.abs(np.abs(x) - 0.115)) * edge(z - mark.waist - 0.12) * front
    elif outfit.bag == "shoulder":
        sign = 1 if outfit.bag_side == "L" else -1
        line = (mark.neck - z) / (mark.neck - mark.hip) * 0.26 - 0.10
        strap = edge(0.018 - np.abs(sign * x - line)) * edge(z - mark.hip)
    else:
        return
    _lay(picture, strap * (fields["torso"] > 0.4), outfit.bag_colour)


def _skirt(outfit: Outfit) -> Field:
    """Return the cloth of a skirt, or of a coat's tails, for its cell of the strip."""
    rows, columns = strip("skirt")
    down, across = np.mgrid[: rows.stop - rows.start, : columns.stop - columns.start]
    cloth = np.empty((down.size, 3), np.float32)
    coat = outfit.top == "coat"
    cloth[:] = outfit.top_colour if coat else outfit.bottom_colour
    x, z = across.ravel() * 0.006, down.ravel() * 0.006
    if coat:
        _lay(cloth, pattern(outfit, x, 0.95 - z, np.zeros(down.size, bool)), outfit.second)
        _lay(cloth, edge(0.9 * outfit.open_front - x), outfit.bottom_colour)
    elif outfit.side_stripe or outfit.pattern in ("checks", "stripes"):
        _lay(cloth, pattern(outfit, x, 0.95 - z, np.zeros(down.size, bool)), outfit.second)
    return cloth.reshape(*down.shape, 3)


def _folds(outfit: Outfit) -> Floats32:
    """Return the unevenness of cloth, around 1, ``(HEIGHT, WIDTH, 1)``: coarse folds and fine grain."""
    rng = np.random.default_rng(outfit.folds)
    rough = rng.normal(0, 1, (HEIGHT // 12, WIDTH // 8)).astype(np.float32)
    coarse = np.asarray(cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))
    fine = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH), np.float32), (0, 0), 0.8)
    return np.asarray(1 + 0.065 * coarse + 0.04 * fine, np.float32)[..., None]
