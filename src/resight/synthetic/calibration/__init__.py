"""How hard the world is: what colour, outlines, a gait that is known, chance and a network find in it.

It stands on top of features, metrics and evaluation, and nothing of the world imports it.
"""

from __future__ import annotations

from resight.synthetic.calibration.command import calibrate
from resight.synthetic.calibration.settings import Settings

__all__ = ["Settings", "calibrate"]
