"""Random streams of the world's filming: one for every cause, named by the numbers it depends on."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Cause(IntEnum):
    """What a stream decides; the walkers' own (body, gait, looks, clothes) have numbers from 101 to 105."""

    CAMERA = 201
    BACKDROP = 202
    PROPS = 203
    WEATHER = 204
    OUTFIT = 205
    LENGTH = 206
    PATH = 207
    STRIDE = 208
    EYE = 209
    BOX = 210
    LIGHT = 211
    CROWD = 212
    NOISE = 213
    PASSER = 214
    SCENE = 215
    DISTRACTOR = 216
    VISITS = 217
    CLUTTER = 218


def stream(seed: int, domain: str, cause: Cause, *numbers: int) -> np.random.Generator:
    """Return the generator of a cause; equal arguments give equal numbers, whatever was drawn before."""
    return np.random.default_rng([seed, *domain.encode(), int(cause), *numbers])
