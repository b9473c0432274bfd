"""What people look like: skin and hair for life, an outfit for a day from a bounded wardrobe.

A hundred people share 60 outfits, dark ones above all: people do dress alike. Colours are sRGB, 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]

OUTFITS_PER_BLOCK, PEOPLE_PER_BLOCK = 60, 100
"""The wardrobe of every hundred people."""

BLACK, CHARCOAL, NAVY, GREY, LIGHT, WHITE = (
    (0.09, 0.09, 0.10),
    (0.20, 0.20, 0.22),
    (0.11, 0.13, 0.24),
    (0.42, 0.42, 0.44),
    (0.66, 0.66, 0.67),
    (0.90, 0.90, 0.88),
)
TOPS: tuple[tuple[Colour, float], ...] = (
    (BLACK, 21),
    (CHARCOAL, 11),
    (NAVY, 14),
    (GREY, 11),
    (LIGHT, 6),
    (WHITE, 10),
    ((0.55, 0.11, 0.13), 5),
    ((0.20, 0.33, 0.58), 6),
    ((0.45, 0.60, 0.76), 4),
    ((0.21, 0.31, 0.22), 4),
    ((0.42, 0.40, 0.27), 3),
    ((0.68, 0.57, 0.43), 4),
    ((0.36, 0.24, 0.18), 3),
    ((0.80, 0.68, 0.22), 2),
    ((0.42, 0.22, 0.38), 2),
    ((0.82, 0.56, 0.58), 2),
    ((0.78, 0.38, 0.16), 1),
    ((0.20, 0.48, 0.46), 1),
)
BOTTOMS: tuple[tuple[Colour, float], ...] = (
    (BLACK, 28),
    (CHARCOAL, 8),
    ((0.13, 0.16, 0.27), 14),
    ((0.22, 0.29, 0.43), 14),
    ((0.42, 0.50, 0.63), 6),
    (GREY, 7),
    ((0.62, 0.54, 0.42), 7),
    ((0.40, 0.38, 0.29), 4),
    ((0.30, 0.21, 0.16), 3),
    ((0.82, 0.80, 0.76), 4),
    ((0.45, 0.14, 0.17), 2),
)
SHOES: tuple[tuple[Colour, float], ...] = (
    (BLACK, 45),
    ((0.26, 0.17, 0.11), 14),
    (WHITE, 18),
    (GREY, 10),
    (NAVY, 6),
    ((0.55, 0.40, 0.26), 4),
    ((0.62, 0.15, 0.16), 3),
)
HAIR: tuple[tuple[Colour, float], ...] = (
    ((0.07, 0.06, 0.06), 34),
    ((0.17, 0.11, 0.08), 28),
    ((0.30, 0.20, 0.13), 14),
    ((0.55, 0.42, 0.25), 9),
    ((0.72, 0.60, 0.40), 5),
    ((0.40, 0.18, 0.09), 3),
    ((0.55, 0.54, 0.53), 7),
)
SKIN: tuple[tuple[Colour, float], ...] = (
    ((0.88, 0.71, 0.61), 30),
    ((0.80, 0.61, 0.49), 26),
    ((0.68, 0.49, 0.37), 18),
    ((0.51, 0.35, 0.26), 13),
    ((0.33, 0.22, 0.16), 13),
)
TOP_KINDS = {"tee": 0.24, "shirt": 0.17, "sweater": 0.20, "hoodie": 0.11, "jacket": 0.20, "coat": 0.08}
PATTERNS = {
    "plain": 0.54,
    "stripes": 0.11,
    "hoop": 0.06,
    "checks": 0.06,
    "blocks": 0.08,
    "logo": 0.10,
    "pinstripes": 0.05,
}
BAGS = {"none": 0.52, "backpack": 0.20, "shoulder": 0.15, "hand": 0.10, "case": 0.03}
HATS = {"none": 0.86, "cap": 0.06, "beanie": 0.05, "scarf": 0.03}


@dataclass(frozen=True)
class Looks:
    """What of a person's surface stays for life; `hair_style` is bald, short, full, long, bun or tail."""

    skin: Colour
    hair: Colour
    hair_style: str
    hairline: float
    beard: float
    glasses: bool


@dataclass(frozen=True)
class Outfit:
    """What is worn on a day; lengths from 0 (none) to 1 (wrist, ankle), `ease` in metres of looseness."""

    top: str
    top_colour: Colour
    second: Colour
    pattern: str
    scale: float
    inner: Colour
    open_front: float
    sleeves: float
    top_ease: float
    hem: float
    bottom: str
    bottom_colour: Colour
    bottom_length: float
    bottom_ease: float
    side_stripe: bool
    fade: float
    skirt_flare: float
    shoes: Colour
    soles: Colour
    boots: float
    socks: Colour
    bag: str
    bag_colour: Colour
    bag_side: str
    hat: str
    hat_colour: Colour
    folds: int


def _choose(rng: np.random.Generator, weights: dict[str, float]) -> str:
    shares = np.array(list(weights.values()))
    return str(rng.choice(list(weights), p=shares / shares.sum()))


def _colour(rng: np.random.Generator, palette: tuple[tuple[Colour, float], ...], flatten: float = 1.0) -> Colour:
    shares: NDArray[np.float64] = np.array([weight for _, weight in palette]) ** flatten
    base = np.array(palette[int(rng.choice(len(palette), p=shares / shares.sum()))][0])
    own = base * np.exp(rng.normal(0, 0.07)) + rng.normal(0, 0.015, 3)
    red, green, blue = np.clip(own, 0.03, 0.97).tolist()
    return red, green, blue


def make_looks(rng: np.random.Generator, woman: bool) -> Looks:
    """Draw skin, hair and beard."""
    skin = _colour(rng, SKIN)
    dark = skin[0] < 0.6
    hair = _colour(rng, HAIR[:2] if dark and rng.random() < 0.9 else HAIR)
    if woman:
        style = _choose(rng, {"short": 0.10, "full": 0.25, "long": 0.37, "bun": 0.11, "tail": 0.17})
    else:
        style = _choose(rng, {"bald": 0.10, "short": 0.60, "full": 0.24, "long": 0.03, "bun": 0.01, "tail": 0.02})
    beard = 0.0 if woman or rng.random() < 0.6 else float(rng.uniform(0.2, 0.75))
    return Looks(skin, hair, style, float(rng.uniform(-0.01, 0.02)), beard, bool(rng.random() < 0.16))


def make_outfit(rng: np.random.Generator) -> Outfit:
    """Draw an outfit."""
    top = _choose(rng, TOP_KINDS)
    short = {"tee": 0.92, "shirt": 0.25, "sweater": 0.03}.get(top, 0.0)
    sleeves = float(rng.uniform(0.22, 0.48)) if rng.random() < short else float(rng.uniform(0.9, 1.0))
    if top == "tee" and rng.random() < 0.1:
        sleeves = 0.06
    loose = {"tee": 0.008, "shirt": 0.011, "sweater": 0.015, "hoodie": 0.022, "jacket": 0.024, "coat": 0.024}[top]
    pattern = _choose(rng, PATTERNS)
    if top in ("jacket", "coat") and pattern in ("stripes", "hoop", "logo"):
        pattern = "plain" if rng.random() < 0.7 else "blocks"
    bottom = _choose(rng, {"trousers": 0.72, "slim": 0.14, "skirt": 0.14})
    length = 1.0
    if bottom == "skirt":
        length = float(rng.choice([0.32, 0.45, 0.55, 0.8]))
    elif rng.random() < 0.16:
        length = float(rng.choice([0.34, 0.5, 0.8]))
    coat = top == "coat"
    return Outfit(
        top=top,
        top_colour=_colour(rng, TOPS),
        second=_colour(rng, TOPS, 0.5),
        pattern=pattern,
        scale=float(np.exp(rng.normal(0, 0.35))),
        inner=_colour(rng, TOPS, 0.6),
        open_front=float(rng.uniform(0.03, 0.10)) if top in ("jacket", "coat") and rng.random() < 0.55 else 0.0,
        sleeves=sleeves,
        top_ease=loose * float(rng.uniform(0.6, 1.5)),
        hem=float(rng.uniform(0.30, 0.52)) if coat else float(rng.uniform(-0.06, 0.05)),
        bottom=bottom,
        bottom_colour=_colour(rng, BOTTOMS),
        bottom_length=length,
        bottom_ease=float(rng.uniform(0.001, 0.004)) if bottom == "slim" else float(rng.uniform(0.006, 0.022)),
        side_stripe=bool(rng.random() < 0.06),
        fade=float(rng.uniform(0, 0.3)) if rng.random() < 0.35 else 0.0,
        skirt_flare=float(rng.uniform(0.0, 0.11)),
        shoes=_colour(rng, SHOES),
        soles=WHITE if rng.random() < 0.35 else (0.13, 0.12, 0.12),
        boots=float(rng.uniform(0.12, 0.30)) if rng.random() < 0.08 else 0.0,
        socks=_colour(rng, SHOES),
        bag=_choose(rng, BAGS),
        bag_colour=_colour(rng, TOPS, 0.7),
        bag_side="L" if rng.random() < 0.45 else "R",
        hat=_choose(rng, HATS),
        hat_colour=_colour(rng, TOPS, 0.7),
        folds=int(rng.integers(2**31)),
    )
