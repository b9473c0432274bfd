"""Class models: clips that a network's outputs answer to most strongly, one row a class (METHODS §13)."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from resight.errors import InputError
from resight.frames import Frames
from resight.plots.style import styled
from resight.plots.tiles import PAGE, even, tile_figure


@styled
def class_model_figure(clips: Mapping[str, Frames], title: str = "", width: float = PAGE, columns: int = 8) -> Figure:
    """Draw evenly chosen frames of each clip, their numbers above.

    Parameters
    ----------
    clips : mapping of class to uint8 RGB ``(T, h, w, 3)``
        All of one shape.
    title : str
    width : float
        Inches.
    columns : int
        Frames shown.

    Raises
    ------
    InputError
        Where there is no clip, or shapes differ.
    """
    if len({clip.shape for clip in clips.values()}) != 1:
        raise InputError("class models are drawn together where all are of one shape, and there is at least one")
    chosen = even(len(next(iter(clips.values()))), columns)
    return tile_figure(
        [list(clip[chosen]) for clip in clips.values()],
        width=width,
        row_labels=list(clips),
        column_labels=[str(t + 1) for t in chosen],
        title=title,
    )
