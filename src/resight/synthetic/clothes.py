"""Where clothes and hair lie on a body, and how far they stand off it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from resight.synthetic.atlas import Field, layout, vertex_normals
from resight.synthetic.body import Body, template
from resight.synthetic.wardrobe import Looks, Outfit

Floats = NDArray[np.float64]

HAIR_DEPTH = {"bald": 0.0, "short": 0.008, "full": 0.024, "long": 0.018, "bun": 0.010, "tail": 0.010}
"""Metres that the hair stands off the head."""
HAND_WIDTH = 0.55
"""Breadth of a relaxed hand to that of the spread hand of the body at rest."""


@dataclass(frozen=True)
class Marks:
    """Heights on the mean body from which clothes are measured, metres."""

    waist: float
    hip: float
    ankle: float
    chin: float
    neck: float
    crown: float

    @property
    def head(self) -> float:
        """Return the height of the head."""
        return self.crown - self.chin


@lru_cache(maxsize=1)
def marks() -> Marks:
    """Measure the mean body."""
    body, bone = layout().body, template().bone
    height = {name: float(body.joints[bone(name), 2]) for name in ("spine_mid", "thigh.L", "foot.L", "head", "neck")}
    return Marks(
        waist=height["spine_mid"] - 0.01,
        hip=height["thigh.L"],
        ankle=height["foot.L"],
        chin=height["head"] - 0.015,
        neck=height["neck"],
        crown=float(body.vertices[:, 2].max()),
    )


def wear(outfit: Outfit, woman: bool) -> Outfit:
    """Return the outfit as this person wears it: men wear trousers for a skirt, and a beanie for a headscarf."""
    if woman:
        return outfit
    if outfit.bottom == "skirt":
        outfit = replace(outfit, bottom="trousers", bottom_length=1.0)
    return replace(outfit, hat="beanie") if outfit.hat == "scarf" else outfit


def edge(value: Field, soft: float = 0.01) -> Field:
    """Return 1 where the value is above 0 and 0 where it is below, with a soft edge of width `soft`."""
    return np.asarray(np.clip(0.5 + value / soft, 0, 1))


def hem_height(outfit: Outfit) -> float:
    """Return how far down the top reaches, metres on the mean body."""
    mark = marks()
    return mark.hip - (outfit.hem * (mark.hip - mark.ankle) if outfit.hem > 0 else outfit.hem)


def cover(fields: dict[str, Field], outfit: Outfit) -> dict[str, Field]:
    """Return how much (0 to 1) of each garment lies on every vertex or texel.

    They are laid on in this order: sock, bottom, top, shoe.
    """
    mark = marks()
    z, out, back = fields["z"], np.abs(fields["x"]), fields["back"]
    limb = fields["arm"] + fields["hand"] > 0.5
    high = outfit.top in ("hoodie", "jacket", "coat", "shirt")
    dip = (1 - back) * (0.02 if high else 0.05) * np.exp(-((out / 0.06) ** 2))
    neckline = mark.neck + (0.045 if high else 0.012) - dip
    trunk = edge(neckline - z) * edge(z - hem_height(outfit)) * (1 - fields["hand"]) * (1 - edge(fields["head"] - 0.5))
    sleeve = edge(outfit.sleeves - fields["arm_way"], 0.03) * edge(fields["arm"] - fields["hand"], 0.1)
    legs = np.clip(fields["torso"] + fields["leg"] + fields["foot"], 0, 1) * edge(mark.waist + 0.03 - z)
    way = fields["leg_way"] * fields["leg"] + 1.02 * fields["foot"]
    shoe = edge(fields["foot"] - 0.5, 0.2)
    if outfit.boots > 0:
        shoe = np.maximum(shoe, (fields["leg"] + fields["foot"]) * edge(fields["leg_way"] - 1 + outfit.boots, 0.02))
    return {
        "sock": fields["leg"] * edge(fields["leg_way"] - 0.93, 0.02),
        "bottom": np.where(limb, 0, legs * edge(outfit.bottom_length + 0.005 - way, 0.02)),
        "top": np.where(limb, sleeve, trunk),
        "shoe": shoe,
    }


def scalp(fields: dict[str, Field], looks: Looks, outfit: Outfit) -> Field:
    """Return how much of hair, or of the hat that covers it, lies on every vertex or texel."""
    mark = marks()
    up = (fields["z"] - mark.chin) / mark.head
    out = np.abs(fields["x"])
    covered = outfit.hat != "none"
    line = 0.64 if covered else 0.74 + looks.hairline
    side = edge(out - 0.062, 0.012) * edge(up - (0.2 if outfit.hat == "scarf" else 0.36), 0.05)
    front = np.maximum(edge(up - line, 0.05), side)
    rear = edge(up - (0.35 if outfit.hat in ("cap", "beanie") else 0.08), 0.06)
    if looks.hair_style == "bald" and not covered:
        front, rear = front * 0, rear * 0.4 * edge(0.72 - up, 0.2)
    return np.asarray(edge(fields["head"] - 0.5, 0.2) * np.where(fields["back"] > 0.5, rear, front))


@lru_cache(maxsize=1)
def _links() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two ends of every edge of a body's mesh, in both directions."""
    faces, count = template().faces.astype(np.int64), template().vertices
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ends = np.unique(np.concatenate([ends, ends[:, ::-1]]) @ [count, 1])
    return ends // count, ends % count


def _smooth(points: Floats, amount: Floats) -> Floats:
    """Move every vertex by a share `amount` ``(V,)`` of the way to the mean of its neighbours."""
    one, other = _links()
    count = len(points)
    total = np.stack([np.bincount(one, points[other, axis], count) for axis in range(3)], axis=1)
    mean = total / np.bincount(one, minlength=count)[:, None]
    return np.asarray(points + amount[:, None] * (mean - points))


def _relax_hands(body: Body, points: Floats) -> None:
    """Bring the fingers together, in place."""
    bone, share = template().bone, layout().vertex["hand"]
    for number, side in enumerate(("L", "R")):
        wrist = body.joints[bone(f"hand.{side}")]
        axis = (body.knuckles[number] - wrist) / np.linalg.norm(body.knuckles[number] - wrist)
        own = share * (np.sign(points[:, 0]) == (1 if side == "L" else -1))
        off = points - wrist
        off -= (off @ axis)[:, None] * axis
        points -= ((1 - HAND_WIDTH) * own)[:, None] * off


def fit(body: Body, outfit: Outfit, looks: Looks) -> Floats:
    """Return the body's vertices at rest in its clothes and hair, metres ``(V, 3)``."""
    fields = layout().vertex
    worn = cover(fields, outfit)
    cloth = np.clip(worn["top"] + worn["bottom"], 0, 1)
    points = body.vertices.copy()
    _relax_hands(body, points)
    for _ in range(2):
        points = _smooth(points, 0.5 * cloth)
    top = worn["top"] * outfit.top_ease * np.where(fields["arm"] > 0.5, 0.55 + 0.35 * fields["arm_way"], 1.0)
    low = worn["bottom"] * outfit.bottom_ease * (0.45 + 0.75 * fields["leg_way"])
    hair = scalp(fields, looks, outfit) * max(HAIR_DEPTH[looks.hair_style], 0.0 if outfit.hat == "none" else 0.013)
    points += vertex_normals(points) * (np.maximum(top, low) + 0.006 * worn["shoe"] + hair)[:, None]
    points[:, 2] -= 0.012 * worn["shoe"] * edge(0.03 - fields["z"], 0.02)
    return np.asarray(points)
