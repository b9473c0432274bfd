"""Rank-1 over the strength of a disturbance, with bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from resight.errors import InputError
from resight.plots.style import label_text, legend_columns, line_style, new_figure, styled


@dataclass(frozen=True, eq=False)
class LevelCurve:
    """A named line of shares over levels, each ``(n,)``, fractions, with the ends of its band where there is one.

    `style` picks colour, dash and marker, so that a method looks the same in every figure.
    """

    name: str
    levels: ArrayLike
    values: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    style: int = 0


Panel = tuple[str, Sequence[LevelCurve]]
"""A title, as a domain's name, and the lines below it."""


@styled
def level_figure(panels: Sequence[Panel], xlabel: str, ylabel: str = "Rank-1 (%)", scale: float = 1.0) -> Figure:
    """Draw one panel a domain and one line a method, in %, all panels on one scale and with one legend.

    Parameters
    ----------
    panels : sequence of (title, lines)
    xlabel, ylabel : str
    scale : float
        Multiplies the levels: 1e3 shows variances in thousandths, 255 shows epsilon in grey levels.

    Raises
    ------
    InputError
        Where there is no line, or a line's levels and values differ in number.
    """
    drawn = [curve for _, curves in panels for curve in curves]
    if not drawn or any(np.size(c.levels) != np.size(c.values) or np.size(c.levels) == 0 for c in drawn):
        raise InputError("a figure of levels needs at least one line, and one value for every level")
    names = list(dict.fromkeys(curve.name for curve in drawn))
    width = 0.9 + 2.8 * len(panels)
    columns = legend_columns(names, width)
    height = 2.5 + 0.19 * -(-len(names) // columns)
    figure, axes = new_figure(len(panels), width=width, height=height)
    handles = {}
    for ax, (title, curves) in zip(axes, panels, strict=True):
        for curve in curves:
            levels, values = scale * np.asarray(curve.levels, np.float64), 100 * np.asarray(curve.values, np.float64)
            style = line_style(curve.style)
            if curve.low is not None and curve.high is not None:
                low, high = (100 * np.asarray(end, np.float64) for end in (curve.low, curve.high))
                if np.isfinite(low).all() and np.isfinite(high).all():
                    ax.fill_between(levels, low, high, color=style["color"], alpha=0.13, linewidth=0)
            (handles[curve.name],) = ax.plot(levels, values, label=label_text(curve.name), **style)
        ax.set_ylim(0, 101)
        ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
        ax.set_title(title)
        ax.set_xlabel(xlabel)
    axes[0].set_ylabel(ylabel)
    for ax in axes[1:]:
        ax.tick_params(labelleft=False)
    figure.legend(list(handles.values()), [label_text(n) for n in handles], loc="outside lower left", ncols=columns)
    return figure
