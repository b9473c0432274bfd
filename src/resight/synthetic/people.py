"""People of the drawn world: a body and a gait for life, an outfit for a day, each from its own seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
"""Reflectance R, G, B, 0 to 1."""

TOPS: tuple[Colour, ...] = (
    (0.06, 0.06, 0.07),
    (0.10, 0.12, 0.22),
    (0.30, 0.31, 0.33),
    (0.55, 0.55, 0.56),
    (0.85, 0.85, 0.83),
    (0.55, 0.12, 0.13),
    (0.16, 0.30, 0.55),
    (0.18, 0.36, 0.22),
    (0.72, 0.58, 0.36),
    (0.78, 0.68, 0.18),
    (0.45, 0.22, 0.42),
    (0.75, 0.45, 0.42),
)
TOP_WEIGHTS = np.array([18, 14, 12, 8, 10, 8, 9, 6, 6, 3, 3, 3], dtype=float)
BOTTOMS: tuple[Colour, ...] = (
    (0.06, 0.06, 0.07),
    (0.12, 0.17, 0.32),
    (0.20, 0.28, 0.45),
    (0.32, 0.31, 0.30),
    (0.58, 0.50, 0.38),
    (0.75, 0.74, 0.70),
    (0.35, 0.22, 0.15),
)
BOTTOM_WEIGHTS = np.array([30, 26, 14, 12, 9, 4, 5], dtype=float)
HAIR: tuple[Colour, ...] = (
    (0.05, 0.04, 0.04),
    (0.16, 0.10, 0.06),
    (0.35, 0.24, 0.12),
    (0.62, 0.50, 0.28),
    (0.55, 0.55, 0.55),
)
SKIN: tuple[Colour, ...] = ((0.80, 0.62, 0.52), (0.70, 0.50, 0.38), (0.50, 0.34, 0.24), (0.30, 0.19, 0.13))
PATTERNS = ("plain", "plain", "plain", "stripes", "hoop", "two-tone", "logo", "open")


@dataclass(frozen=True)
class Body:
    """Proportions in units of the body's height."""

    leg: float
    shoulder: float
    hip: float
    limb: float
    head: float
    skin: Colour
    hair: Colour
    long_hair: bool


@dataclass(frozen=True)
class Gait:
    """How a person walks: a stable trait (angles in radians, cadence in steps a second)."""

    cadence: float
    stride: float
    knee: float
    arm: float
    elbow: float
    lean: float
    bounce: float
    asymmetry: float
    lag: float


@dataclass(frozen=True)
class Outfit:
    """What a person wears on a day."""

    top: Colour
    second: Colour
    pattern: str
    short_sleeves: bool
    bottom: Colour
    bottom_length: float
    skirt: bool
    shoes: Colour
    bag: str
    bag_colour: Colour


def make_body(rng: np.random.Generator) -> Body:
    """Draw a body."""
    return Body(
        leg=float(np.clip(rng.normal(0.49, 0.015), 0.45, 0.53)),
        shoulder=float(np.clip(rng.normal(0.125, 0.014), 0.09, 0.165)),
        hip=float(np.clip(rng.normal(0.095, 0.011), 0.07, 0.125)),
        limb=float(np.clip(rng.normal(1.0, 0.13), 0.7, 1.4)),
        head=float(np.clip(rng.normal(0.068, 0.004), 0.058, 0.078)),
        skin=SKIN[int(rng.choice(len(SKIN), p=[0.45, 0.25, 0.18, 0.12]))],
        hair=HAIR[int(rng.choice(len(HAIR), p=[0.35, 0.3, 0.15, 0.1, 0.1]))],
        long_hair=bool(rng.random() < 0.4),
    )


def make_gait(rng: np.random.Generator) -> Gait:
    """Draw a gait; means and spreads after WORLD.md §4."""

    def normal(mean: float, sd: float, low: float, high: float) -> float:
        return float(np.clip(rng.normal(mean, sd), low, high))

    return Gait(
        cadence=normal(1.85, 0.15, 1.45, 2.3),
        stride=normal(0.42, 0.06, 0.25, 0.6),
        knee=normal(0.95, 0.12, 0.6, 1.3),
        arm=normal(0.40, 0.17, 0.03, 0.9),
        elbow=normal(0.25, 0.19, 0.03, 1.05),
        lean=normal(0.05, 0.06, -0.1, 0.22),
        bounce=normal(0.010, 0.006, 0.0, 0.03),
        asymmetry=normal(0.0, 0.06, -0.2, 0.2),
        lag=normal(0.0, 0.35, -0.9, 0.9),
    )


def make_outfit(rng: np.random.Generator) -> Outfit:
    """Draw an outfit from the bounded wardrobe: people do look alike."""

    def pick(palette: tuple[Colour, ...], weights: NDArray[np.float64]) -> Colour:
        base = np.array(palette[int(rng.choice(len(palette), p=weights / weights.sum()))])
        red, green, blue = np.clip(base * np.exp(rng.normal(0, 0.08)) + rng.normal(0, 0.012, 3), 0.02, 0.95).tolist()
        return red, green, blue

    return Outfit(
        top=pick(TOPS, TOP_WEIGHTS),
        second=pick(TOPS, np.sqrt(TOP_WEIGHTS)),
        pattern=PATTERNS[int(rng.integers(len(PATTERNS)))],
        short_sleeves=bool(rng.random() < 0.35),
        bottom=pick(BOTTOMS, BOTTOM_WEIGHTS),
        bottom_length=float(rng.choice([1.0, 1.0, 1.0, 0.75, 0.5])),
        skirt=bool(rng.random() < 0.12),
        shoes=pick(TOPS, TOP_WEIGHTS),
        bag=str(rng.choice(["none", "none", "backpack", "shoulder", "hand"])),
        bag_colour=pick(TOPS, np.sqrt(TOP_WEIGHTS)),
    )
