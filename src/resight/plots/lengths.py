"""Rank-1 by the number of frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from resight.errors import InputError
from resight.plots.style import label_text, line_style, new_figure, styled


@styled
def length_figure(
    lengths: Sequence[int],
    measured: Mapping[str, Sequence[tuple[float, float, float]]],
    published: Mapping[str, Sequence[float]],
) -> Figure:
    """Draw rank-1 in % over the number of frames, on a logarithmic axis; published lines are grey and dotted.

    Parameters
    ----------
    lengths : sequence of int
    measured : mapping of name to one (mean, low, high) a length
        In %; the ends of the 95 % interval are NaN where it is not known.
    published : mapping of name to one value a length

    Raises
    ------
    InputError
        Where a line has not one value a length, or there is none.
    """
    lines = [*measured.values(), *published.values()]
    if not lines or any(len(line) != len(lengths) for line in lines):
        raise InputError("a length figure needs lines of one value a length, and at least one")
    figure, (axes,) = new_figure(width=4.4, height=3.4)
    for index, (name, found) in enumerate(measured.items()):
        style, (means, lows, highs) = line_style(index), np.array(found, np.float64).T
        axes.plot(lengths, means, label=label_text(name), **style)
        if np.isfinite(lows).all() and np.isfinite(highs).all():
            axes.fill_between(lengths, lows, highs, color=style["color"], alpha=0.13, linewidth=0)
    for name, known in published.items():
        axes.plot(lengths, known, label=label_text(name), color="#6b7480", linestyle=":", marker="x", linewidth=1.3)
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(lengths), [str(length) for length in lengths])
    axes.set_ylim(0, 101)
    axes.set_xlabel("Frames of probe and gallery")
    axes.set_ylabel("Rank-1 (%)")
    figure.legend(loc="outside lower left", ncols=2)
    return figure
