"""Frames made worse on purpose: noise, corruptions, controls of time, and attacks on the embedding."""

from __future__ import annotations

from resight.robustness.corruptions import CORRUPTIONS, SEVERITIES, corrupted
from resight.robustness.noise import VARIANCES, WhiteNoise, with_noise
from resight.robustness.temporal import CONTROLS, controlled

__all__ = [
    "CONTROLS",
    "CORRUPTIONS",
    "SEVERITIES",
    "VARIANCES",
    "WhiteNoise",
    "controlled",
    "corrupted",
    "with_noise",
]
