"""Grids of pictures at the width of a printed column or page, with labels that stay legible there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from resight.errors import InputError
from resight.plots.style import INK, label_text

COLUMN, PAGE = 3.5, 7.2
"""Inches: one column of a two-column page, and the page."""
SMALL = 7.5
"""Points of a label beside a tile."""


def tile_figure(
    rows: Sequence[Sequence[NDArray[Any] | None]],
    *,
    width: float = PAGE,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    tile_labels: Sequence[Sequence[str]] = (),
    title: str = "",
    note: str = "",
    gap: float = 0.04,
    **options: Any,
) -> Figure:
    """Draw pictures of one shape in rows and columns.

    Parameters
    ----------
    rows : rows of pictures ``(h, w)`` or ``(h, w, 3)``
        All of one height and width; None, or a row that is shorter than the others, leaves a place empty.
    width : float
        Of the figure, in inches; its height follows from the pictures.
    row_labels, column_labels : sequence of str
        Left of the rows, and above the columns.
    tile_labels : rows of str
        Under each picture.
    title, note : str
        Above and below the whole.
    gap : float
        Inches between pictures.
    **options
        Of matplotlib's `imshow`: ``cmap``, ``vmin`` …

    Raises
    ------
    InputError
        Where there is no picture, or shapes differ.
    """
    pictures = [picture for row in rows for picture in row if picture is not None]
    if not pictures or len({picture.shape[:2] for picture in pictures}) > 1:
        raise InputError("a grid needs pictures, all of one height and width")
    h, w = pictures[0].shape[:2]
    columns = max(len(row) for row in rows)
    lines = max((label.count("\n") + 1 for label in row_labels), default=0)
    left = 0.06 + (0.14 * lines if row_labels else 0)
    under = 0.15 if tile_labels else 0.0
    tile = (width - left - 0.04 - gap * (columns - 1)) / columns
    tall = tile * h / w
    head = 0.06 + (0.26 if title else 0) + (0.17 if column_labels else 0)
    foot = 0.05 + (0.17 * (note.count("\n") + 1) if note else 0)
    height = head + foot + len(rows) * (tall + under) + gap * (len(rows) - 1)
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    for r, row in enumerate(rows):
        top = height - head - r * (tall + under + gap)
        for c, picture in enumerate(row):
            x = left + c * (tile + gap)
            if r == 0 and c < len(column_labels) and column_labels[c]:
                _text(figure, x + tile / 2, top + 0.04, column_labels[c], ha="center", va="bottom")
            if picture is None:
                continue
            axes = figure.add_axes((x / width, (top - tall) / height, tile / width, tall / height))
            axes.set_axis_off()
            axes.imshow(picture, interpolation="nearest", aspect="auto", **options)
            if tile_labels:
                _text(figure, x + tile / 2, top - tall - 0.02, tile_labels[r][c], ha="center", va="top")
        if row_labels:
            _text(figure, left - 0.05, top - tall / 2, row_labels[r], ha="right", va="center", rotation=90)
    if title:
        _text(figure, 0.06, height - 0.06, title, ha="left", va="top", fontsize=9.5, fontweight="bold")
    if note:
        _text(figure, 0.06, 0.05, note, ha="left", va="bottom")
    return figure


def even(count: int, wanted: int) -> list[int]:
    """Return at most `wanted` numbers from 0 to ``count - 1``, evenly spread, the first and the last among them."""
    return sorted(set(np.linspace(0, count - 1, min(wanted, count)).round().astype(int).tolist()))


def _text(figure: Figure, x: float, y: float, text: str, **options: Any) -> None:
    """Write at a place in inches from the lower left."""
    width, height = figure.get_size_inches()
    look: dict[str, Any] = {"fontsize": SMALL, "color": INK} | options
    figure.text(x / width, y / height, label_text(text), **look)
