"""Light on people and ground: a sun or lamps, a sky, light thrown back by the ground, and how all that drifts."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.domains import Domain
from resight.synthetic.seeds import Cause, stream

Array = NDArray[np.float64]
BOUNCE = 0.22
"""Share of the light on the ground that comes back up."""


@dataclass(frozen=True, eq=False)
class Light:
    """Light of a tracklet; the ground under a camera's usual light receives about 1.

    Attributes
    ----------
    direction : ``(3,)``
        Unit vector towards the sun or lamp.
    sun, sky : ``(3,)``
        Linear RGB that a surface receives that faces the sun, and one that faces the whole sky.
    softness : float
        Standard deviation of a shadow's edge, metres.
    """

    direction: Array
    sun: Array
    sky: Array
    softness: float

    @property
    def on_ground(self) -> Array:
        """Linear RGB that open ground receives, ``(3,)``."""
        return np.asarray(self.sky + self.sun * self.direction[2])

    @property
    def held_back(self) -> Array:
        """Share of the ground's light that a shadow takes away, ``(3,)``."""
        return np.asarray(0.92 * self.sun * self.direction[2] / self.on_ground)

    def shade(self, normals: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the linear RGB that surfaces of unit normals ``(..., 3)`` receive."""
        found = np.empty(normals.shape, np.float32)
        flat = np.ascontiguousarray(normals, dtype=np.float32).reshape(-1, 3)
        around = 0.08 * (self.sun + self.sky)
        receive(flat, self.direction, self.sun, self.sky, BOUNCE * self.on_ground, around, found.reshape(-1, 3))
        return found


@numba.njit(cache=True, nogil=True)
def receive(
    normals: NDArray[np.float32],
    direction: Array,
    sun: Array,
    sky: Array,
    below: Array,
    around: Array,
    found: NDArray[np.float32],
) -> None:
    """Write the light on surfaces of normals ``(N, 3)`` into `found`: sun, sky above, ground below, and all around."""
    for i in range(normals.shape[0]):
        up = 0.5 + 0.5 * normals[i, 2]
        lit = max(0.0, normals[i, 0] * direction[0] + normals[i, 1] * direction[1] + normals[i, 2] * direction[2])
        for c in range(3):
            found[i, c] = below[c] + (sky[c] - below[c]) * up + around[c] + lit * sun[c]


def make_light(domain: Domain, camera: int, day: int, seed: int, rng: np.random.Generator | None) -> Light:
    """Draw a camera's light on a day, and its drift for one tracklet.

    Parameters
    ----------
    domain, camera, day, seed
        Decide the camera's usual light; a day changes it where the domain's `days` is above 0.
    rng : Generator or None
        Of the tracklet; None gives the usual light.
    """
    knobs = domain.light
    own = stream(seed, domain.name, Cause.WEATHER, camera)
    share, elevation = own.uniform(*knobs.sun), np.radians(own.uniform(*knobs.elevation))
    azimuth, warmth = own.uniform(0, 2 * np.pi), own.normal(0, knobs.warmth)
    strength = 0.0
    changes = [(knobs.days, stream(seed, domain.name, Cause.WEATHER, camera, day))]
    if rng is not None:
        changes.append((knobs.drift, rng))
    for scale, source in changes:
        if scale > 0:
            share *= np.exp(source.normal(0, 0.35 * scale))
            strength += source.normal(0, 0.22 * scale)
            warmth += source.normal(0, 0.07 * scale)
            azimuth += source.normal(0, 0.3 * scale)
    share = float(np.clip(share, 0.03, 0.85))
    in_shade = rng is not None and rng.random() < knobs.shade
    direct = share * (0.12 if in_shade else 1.0)
    direction = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    tint = np.exp(np.array([1.0, 0.1, -1.0]) * warmth)
    strength = float(np.exp(strength))
    sun = strength * direct / max(0.35, float(direction[2])) * tint * np.array([1.05, 1.0, 0.92])
    sky = strength * (1 - share) * tint * np.array([0.96, 1.0, 1.07])
    if in_shade:
        sky = sky * np.array([0.95, 1.0, 1.06])
    return Light(direction, sun, sky, 0.25 if knobs.indoor else 0.03)
