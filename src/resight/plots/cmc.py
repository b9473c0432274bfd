"""CMC curves with their bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from resight.errors import InputError
from resight.plots.style import label_text, line_style, new_figure, styled

TICKS = (1, 5, 10, 15, 20, 30, 40, 50)


@dataclass(frozen=True, eq=False)
class Curve:
    """A named CMC in fractions, ``(n_ranks,)``, with the ends of its band where there is one.

    `style` picks colour, dash and marker, so that a method looks the same in every figure.
    """

    name: str
    cmc: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    style: int = 0


@styled
def cmc_figure(curves: Sequence[Curve], title: str = "", max_rank: int = 20) -> Figure:
    """Draw CMC curves from rank 1 to `max_rank`, in %, the legend in the order of rank-1 with its value.

    Raises
    ------
    InputError
        Where there is no curve, or a curve is empty.
    """
    drawn = [(curve, 100 * np.asarray(curve.cmc, dtype=np.float64)[:max_rank]) for curve in curves]
    if not drawn or any(len(values) == 0 for _, values in drawn):
        raise InputError("a CMC figure needs at least one curve, and no curve may be empty")
    drawn.sort(key=lambda item: -item[1][0])
    figure, (axes,) = new_figure(width=3.9, height=2.8 + 0.19 * len(drawn))
    longest = max(len(values) for _, values in drawn)
    for curve, values in drawn:
        ranks = np.arange(1, len(values) + 1)
        style = line_style(curve.style)
        if curve.low is not None and curve.high is not None:
            ends = (np.asarray(end, dtype=np.float64)[: len(values)] for end in (curve.low, curve.high))
            low, high = (100 * np.clip(end, 0, 1) for end in ends)
            if np.isfinite(low).all() and np.isfinite(high).all():
                axes.fill_between(ranks, low, high, color=style["color"], alpha=0.13, linewidth=0)
        marked = [rank - 1 for rank in TICKS if rank <= len(values)]
        axes.plot(ranks, values, label=f"{label_text(curve.name)}  ({values[0]:.1f})", markevery=marked, **style)
    axes.set_xlim(1 - 0.03 * longest, longest * 1.02)
    axes.set_ylim(0, 101)
    axes.set_xticks([tick for tick in TICKS if tick <= longest])
    axes.set_xlabel("Rank")
    axes.set_ylabel("Queries found (%)")
    axes.set_title(title)
    figure.legend(loc="outside lower left", title="Rank-1 (%) in brackets", title_fontsize=8.5, alignment="left")
    return figure
