"""What stands about behind the walks: cycles, cars, poles, bushes, signs, people who wait, crates.

Flat shapes are painted once into the picture that a standing camera has of its backdrop, the far ones first, so that
they cost nothing a frame. In real boxes many of the edges are of such things.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.backdrop import Picture, encode
from resight.synthetic.camera import Eyes

Value = tuple[int, int, int]
NEAREST, FARTHEST = 0.8, 12.0
"""Metres behind the middle of the walks."""
ASIDE = 1.3
"""How far to the side things stand, as a share of what the camera sees there."""


@dataclass(frozen=True)
class Brush:
    """Paints in metres across and up from where a thing stands on the ground."""

    picture: Picture
    foot: NDArray[np.float32]
    metre: float
    rng: np.random.Generator

    def at(self, across: float, up: float) -> tuple[int, int]:
        """Return the pixel of a place."""
        return round(float(self.foot[0] + across * self.metre)), round(float(self.foot[1] - up * self.metre))

    def wide(self, metres: float) -> int:
        """Return a length in whole pixels, at least 1."""
        return max(1, round(metres * self.metre))

    def colour(self, low: float = 0.03, high: float = 0.5, tint: float = 0.35) -> Value:
        """Draw a colour whose reflectance lies between two, of so strong a tint."""
        grey = self.rng.uniform(low, high)
        return stored(np.clip(grey * np.exp(self.rng.normal(0, tint, 3)), 0.02, 0.8))

    def block(self, left: float, low: float, right: float, high: float, colour: Value) -> None:
        """Paint an upright rectangle."""
        cv2.rectangle(self.picture, self.at(left, high), self.at(right, low), colour, -1)

    def line(self, places: list[tuple[float, float]], colour: Value, thick: float) -> None:
        """Paint a bent line."""
        bends = np.array([self.at(*place) for place in places])
        cv2.polylines(self.picture, [bends], False, colour, self.wide(thick), cv2.LINE_AA)

    def disc(self, across: float, up: float, radius: float, colour: Value) -> None:
        """Paint a filled circle."""
        cv2.circle(self.picture, self.at(across, up), self.wide(radius), colour, -1, cv2.LINE_AA)


def stored(reflectance: NDArray[np.floating]) -> Value:
    """Return red, green and blue as backdrops keep them."""
    red, green, blue = encode(reflectance).tolist()
    return red, green, blue


def furnish(picture: Picture, eyes: Eyes, rng: np.random.Generator, amount: float) -> Picture:
    """Paint things into what a standing camera sees.

    Parameters
    ----------
    picture : uint8 ``(height, width, 3)``
        Of its sensor; not changed.
    eyes : Eyes
        The camera.
    rng : numpy.random.Generator
        Decides what stands where.
    amount : float
        Mean number of things (Poisson).
    """
    filled = np.array(picture, order="C")
    count = int(rng.poisson(amount))
    shares, away = rng.uniform(-ASIDE, ASIDE, count), np.sort(rng.uniform(NEAREST, FARTHEST, count))[::-1]
    for share, far in zip(shares.tolist(), away.tolist(), strict=True):
        across = share * (far - eyes.positions[0, 1]) * eyes.sensor[0] / 2 / eyes.lens
        foot, above = eyes.project(np.array([[[across, far, 0.0], [across, far, 1.0]]]))[0]
        KINDS[int(rng.integers(len(KINDS)))](Brush(filled, foot[:2], float(foot[1] - above[1]), rng))
    return filled


def _cycles(brush: Brush) -> None:
    rng, dark = brush.rng, brush.colour(0.02, 0.1, 0.1)
    for k in range(int(rng.integers(1, 6))):
        mid, turned, paint = 0.35 * k, rng.uniform(0.4, 1), brush.colour()
        for end in (-0.5 * turned, 0.5 * turned):
            axes = (brush.wide(0.33 * turned), brush.wide(0.33))
            cv2.ellipse(brush.picture, brush.at(mid + end, 0.34), axes, 0, 0, 360, dark, brush.wide(0.03), cv2.LINE_AA)
        back, front, seat = (mid - 0.5 * turned, 0.34), (mid + 0.5 * turned, 0.34), (mid - 0.1, 0.85)
        brush.line([back, seat, (mid + 0.35 * turned, 0.8), (mid, 0.3), seat], paint, 0.03)
        brush.line([front, (mid + 0.3 * turned, 1.0)], paint, 0.03)


def _car(brush: Brush) -> None:
    long, paint = brush.rng.uniform(1.6, 4.6), brush.colour()
    brush.block(-long / 2, 0.3, long / 2, 0.9, paint)
    brush.block(-long / 3, 0.9, long / 3.2, 1.45, paint)
    brush.block(-long / 3.4, 0.95, long / 3.6, 1.38, brush.colour(0.03, 0.15, 0.1))
    for end in (-long / 3.2, long / 3.2):
        brush.disc(end, 0.3, 0.32, brush.colour(0.02, 0.05, 0.05))


def _pole(brush: Brush) -> None:
    thick = brush.rng.uniform(0.03, 0.2)
    brush.block(-thick, 0, thick, brush.rng.uniform(1, 6), brush.colour())


def _bush(brush: Brush) -> None:
    for _ in range(int(brush.rng.integers(20, 60))):
        red, green, blue = brush.colour(0.03, 0.2, 0.1)
        place = brush.rng.normal(0, 0.6), abs(brush.rng.normal(0.5, 0.4))
        brush.disc(*place, brush.rng.uniform(0.05, 0.2), (round(0.85 * red), green, round(0.6 * blue)))


def _sign(brush: Brush) -> None:
    wide, high = brush.rng.uniform(0.2, 0.9, 2).tolist()
    low = brush.rng.uniform(0.5, 2)
    brush.block(-0.04, 0, 0.04, low, brush.colour(0.1, 0.3, 0.05))
    brush.block(-wide, low, wide, low + high, brush.colour())
    for _ in range(int(brush.rng.integers(1, 5))):
        level = low + brush.rng.uniform(0.1, 0.9) * high
        brush.line([(-0.8 * wide, level), (0.8 * wide, level)], brush.colour(), 0.03)


def _waiting(brush: Brush) -> None:
    size = brush.rng.uniform(0.85, 1.06)
    trousers, skin = brush.colour(0.02, 0.3, 0.2), brush.rng.uniform(0.05, 0.5) * np.array([1.2, 0.8, 0.6])
    for side in (-0.1, 0.1):
        brush.block((side - 0.09) * size, 0, (side + 0.09) * size, 0.85 * size, trousers)
    brush.block(-0.23 * size, 0.8 * size, 0.23 * size, 1.45 * size, brush.colour())
    brush.disc(0, 1.6 * size, 0.12 * size, stored(skin))


def _crates(brush: Brush) -> None:
    for _ in range(int(brush.rng.integers(1, 6))):
        mid, wide = brush.rng.uniform(-1, 1), brush.rng.uniform(0.15, 0.7)
        brush.block(mid - wide / 2, 0, mid + wide / 2, brush.rng.uniform(0.2, 1.2), brush.colour())


KINDS: tuple[Callable[[Brush], None], ...] = (_cycles, _car, _pole, _bush, _sign, _waiting, _crates)
