"""Saliency over the frames of a clip (METHODS §13)."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from resight.errors import InputError
from resight.frames import Frames
from resight.plots.style import styled
from resight.plots.tiles import PAGE, even, tile_figure

Maps = NDArray[np.float64]
SHARPEN, OVERLAY = 0.5, 0.8
"""Exponents of the maps alone and over frames: gradients have few strong pixels, and these let the others be seen."""


@styled
def saliency_figure(
    frames: Frames, maps: ArrayLike, title: str = "", width: float = PAGE, columns: int = 8, strength: float = 0.75
) -> Figure:
    """Draw evenly chosen frames in three rows: as they are, their maps, and the maps laid over them in colour.

    Parameters
    ----------
    frames : uint8 RGB ``(T, H, W, 3)``
    maps : ``(T, H, W)``
        0 to 1, one scale for the clip; shown as their square root, over the frames as their power of 0.8.
    title : str
    width : float
        Inches.
    columns : int
        Frames shown.
    strength : float
        Of the colour where a map is 1.

    Raises
    ------
    InputError
        Where shapes do not fit or a map leaves 0 to 1.
    """
    values = np.asarray(maps, np.float64)
    if values.shape != frames.shape[:3] or len(values) == 0 or not (values.min() >= 0 and values.max() <= 1):
        raise InputError(f"maps of {frames.shape[:3]} frames must be of that shape and 0 to 1, not {values.shape}")
    chosen = even(len(frames), columns)
    grey = np.round(255 * values[chosen] ** SHARPEN).astype(np.uint8)
    rows = [
        list(frames[chosen]),
        list(np.repeat(grey[..., None], 3, axis=3)),
        list(overlay(frames[chosen], values[chosen], strength)),
    ]
    labels = ["frames", "saliency", "overlaid"]
    return tile_figure(rows, width=width, row_labels=labels, column_labels=[str(t + 1) for t in chosen], title=title)


def overlay(frames: Frames, maps: ArrayLike, strength: float = 0.75) -> Frames:
    """Lay maps ``(T, H, W)``, 0 to 1, over greyed frames: from nothing through red to yellow, brighter where stronger.

    Returns
    -------
    uint8 RGB ``(T, H, W, 3)``
    """
    shown = np.asarray(maps, np.float64) ** OVERLAY
    colour = matplotlib.colormaps["hot"](0.3 + 0.55 * shown)[..., :3]
    grey = np.repeat((frames @ np.array([0.299, 0.587, 0.114]))[..., None], 3, axis=3) / 255
    share = strength * shown[..., None]
    return np.asarray(np.round(255 * ((1 - share) * 0.8 * grey + share * colour)).clip(0, 255), dtype=np.uint8)
