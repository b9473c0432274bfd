"""The filters of the first layer, plotted as weights (METHODS §13; the paper's figure 2)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from resight.errors import InputError
from resight.plots.style import styled
from resight.plots.tiles import tile_figure

Image = NDArray[np.uint8]
ZOOM, GUTTER, GAP = 16, 1, 6
"""Pixels for one weight, between the time slices of a kernel, and between kernels."""
CHANNELS = ("blue", "green", "red")
"""In the order of the weights: C3D reads BGR."""


def channel_image(weights: ArrayLike, channel: int, ground: int = 255) -> Image:
    """Draw one input channel: a grid of kernels, each as its time slices side by side, zero at mid-grey.

    Parameters
    ----------
    weights : ``(n_out, 3, T, kH, kW)``
        Each kernel is scaled by its largest absolute weight over all channels and times, so that channels compare.
    channel : int
        Input channel; 0 is blue.
    ground : int
        Grey of the gutters, 0 to 255.

    Returns
    -------
    uint8 ``(H, W, 3)``, the three channels equal
    """
    scaled = _scaled(weights)
    return _grid(np.repeat(scaled[:, channel : channel + 1], 3, axis=1), ground)


def colour_image(weights: ArrayLike, bgr: bool = True, ground: int = 255) -> Image:
    """Draw every time slice of every kernel as an RGB patch; arguments as for `channel_image`.

    Parameters
    ----------
    bgr : bool
        Whether the weights' channels are blue, green, red, as C3D's are.
    """
    scaled = _scaled(weights)
    return _grid(scaled[:, ::-1] if bgr else scaled, ground)


@styled
def filters_figure(weights: ArrayLike, title: str = "", bgr: bool = True) -> Figure:
    """Draw all four pictures in one figure, as wide as a page: one for each channel, in grey, and all in colour."""
    order = CHANNELS if bgr else CHANNELS[::-1]
    pictures = {f"{name} channel": channel_image(weights, i) for i, name in enumerate(order)}
    pictures["in colour"] = colour_image(weights, bgr)
    names, drawn = list(pictures), list(pictures.values())
    times = np.shape(weights)[2]
    note = (
        f"One strip a kernel, its {times} times from left to right; mid-grey is 0, each kernel has a scale of its own."
    )
    return tile_figure([drawn[:2], drawn[2:]], tile_labels=[names[:2], names[2:]], title=title, note=note, gap=0.12)


def _scaled(weights: ArrayLike) -> NDArray[np.float64]:
    """Map weights to 0 … 1, zero at 0.5, each kernel by its own largest absolute weight."""
    array = np.asarray(weights, dtype=np.float64)
    if array.ndim != 5 or array.shape[1] != 3 or array.size == 0 or not np.isfinite(array).all():
        raise InputError(f"filters must be finite and (n_out, 3, T, H, W), not {array.shape}")
    largest = np.abs(array).max(axis=(1, 2, 3, 4), keepdims=True)
    scaled: NDArray[np.float64] = 0.5 + array / (2 * np.where(largest > 0, largest, 1))
    return scaled


def _grid(kernels: NDArray[Any], ground: int) -> Image:
    """Lay kernels ``(n, 3, T, h, w)`` of 0 … 1 out in a near-square grid of strips of their time slices."""
    patches = np.round(255 * kernels).astype(np.uint8).transpose(0, 2, 3, 4, 1)
    patches = patches.repeat(ZOOM, axis=2).repeat(ZOOM, axis=3)
    n, times, h, w, _ = patches.shape
    columns = math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    strip = times * w + (times - 1) * GUTTER
    shape = (rows * (h + GAP) - GAP, columns * (strip + GAP) - GAP, 3)
    picture = np.full(shape, ground, np.uint8)
    for i in range(n):
        top, left = (i // columns) * (h + GAP), (i % columns) * (strip + GAP)
        for t in range(times):
            start = left + t * (w + GUTTER)
            picture[top : top + h, start : start + w] = patches[i, t]
    return picture
