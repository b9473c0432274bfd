"""Pictures drawn from results, weights and ranked lists; all functions return a matplotlib figure or a plain image."""

from __future__ import annotations

from resight.plots.cmc import Curve, cmc_figure
from resight.plots.curves import LevelCurve, level_figure
from resight.plots.filters import channel_image, colour_image, filters_figure
from resight.plots.ranked import ranked_figure
from resight.plots.style import inline_svg, save_figure
from resight.plots.training import training_figure

__all__ = [
    "Curve",
    "LevelCurve",
    "channel_image",
    "cmc_figure",
    "colour_image",
    "filters_figure",
    "inline_svg",
    "level_figure",
    "ranked_figure",
    "save_figure",
    "training_figure",
]
