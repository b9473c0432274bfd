"""Responses of a layer to a clip, the most active channels first (METHODS §13; the paper's figure 3)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from resight.errors import InputError
from resight.frames import Frames, resize_frame
from resight.plots.style import styled
from resight.plots.tiles import PAGE, tile_figure


@styled
def responses_figure(
    maps: ArrayLike, channels: ArrayLike, frame: Frames, title: str = "", width: float = PAGE, columns: int = 9
) -> Figure:
    """Draw the frame, then each channel's map in grey, black for 0 and white for its own largest response.

    Parameters
    ----------
    maps : ``(k, h, w)``, 0 or more
    channels : int ``(k,)``
        Their numbers, written under them.
    frame : uint8 RGB ``(H, W, 3)``
        What was seen; drawn at the maps' shape.
    title : str
    width : float
        Inches.
    columns : int
        Pictures in a row.

    Raises
    ------
    InputError
        Where shapes do not fit or a value is not finite.
    """
    values = np.asarray(maps, np.float64)
    numbers = [int(c) for c in np.asarray(channels)]
    if values.ndim != 3 or len(values) == 0 or len(numbers) != len(values) or not np.isfinite(values).all():
        raise InputError(f"responses must be finite and (k, h, w), one channel number each, not {values.shape}")
    scale = 4 * max(1, -(-64 // values.shape[1]))
    shape = values.shape[1] * scale, values.shape[2] * scale
    tops = values.max(axis=(1, 2), keepdims=True)
    grey = np.round(255 * values / np.where(tops > 0, tops, 1)).clip(0, 255).astype(np.uint8)
    tiles = [resize_frame(frame, shape)] + [
        np.repeat(picture.repeat(scale, 0).repeat(scale, 1)[..., None], 3, axis=2) for picture in grey
    ]
    labels = ["frame", *map(str, numbers)]
    starts = range(0, len(tiles), columns)
    return tile_figure(
        [tiles[i : i + columns] for i in starts],
        width=width,
        tile_labels=[labels[i : i + columns] for i in starts],
        title=title,
    )
