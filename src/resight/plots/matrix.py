"""A matrix of results, as train–test pairs of domains: a heat map with its numbers."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from resight.errors import InputError
from resight.plots.style import INK, JUNK, label_text, new_figure, styled


@styled
def matrix_figure(
    rows: Sequence[str],
    columns: Sequence[str],
    values: ArrayLike,
    title: str = "",
    *,
    row_name: str = "Trained on",
    column_name: str = "Tested on",
    spread: ArrayLike | None = None,
    notes: Sequence[Sequence[str]] | None = None,
    top: float | None = None,
) -> Figure:
    """Draw values in % as cells whose grey grows darker with them, each with its number.

    Parameters
    ----------
    rows, columns : sequence of str
    values : ``(n_rows, n_columns)``
        In %; NaN is drawn as missing, hatched with a dash. A cell whose row and column have one name is framed.
    title, row_name, column_name : str
    spread : ``(n_rows, n_columns)`` or None
        Half of each value's interval, written under it with ±.
    notes : rows of str or None
        Lines written under each value, as its interval.
    top : float or None
        Value of the darkest colour; None takes the largest there is.

    Raises
    ------
    InputError
        Where shapes do not fit.
    """
    found = np.asarray(values, np.float64)
    halves = np.full(found.shape, np.nan) if spread is None else np.asarray(spread, np.float64)
    if found.shape != (len(rows), len(columns)) or found.size == 0 or halves.shape != found.shape:
        raise InputError(
            f"a matrix of {len(rows)} rows and {len(columns)} columns needs so many values, not {found.shape}"
        )
    longest = max(len(name) for name in rows)
    cell = (0.62, 0.42) if notes is None else (0.9, 0.55)
    size = 0.9 + 0.075 * longest + cell[0] * len(columns), 0.9 + cell[1] * len(rows)
    figure, (axes,) = new_figure(width=size[0], height=size[1])
    known = found[np.isfinite(found)]
    highest = max(1e-9, float(known.max(initial=0.0)) if top is None else top)
    shades = matplotlib.colormaps["Blues"]
    for (r, c), value in np.ndenumerate(found):
        if not np.isfinite(value):
            axes.add_patch(Rectangle((c, r), 1, 1, facecolor="white", edgecolor=JUNK, hatch="////", linewidth=0))
            axes.text(c + 0.5, r + 0.5, "–", ha="center", va="center", color=INK, backgroundcolor="white", fontsize=9)
            continue
        colour = shades(0.05 + 0.8 * float(np.clip(value / highest, 0, 1)))
        axes.add_patch(Rectangle((c, r), 1, 1, facecolor=colour, edgecolor="white", linewidth=1))
        light = float(np.dot(colour[:3], (0.2126, 0.7152, 0.0722))) > 0.5
        text = f"{value:.1f}" + (f"\n±{halves[r, c]:.1f}" if np.isfinite(halves[r, c]) else "")
        text += f"\n{notes[r][c]}" if notes and notes[r][c] else ""
        points = 9 if "\n" not in text else 7.5
        axes.text(c + 0.5, r + 0.5, text, ha="center", va="center", color=INK if light else "white", fontsize=points)
    for r, name in enumerate(rows):
        if name in columns:
            corner = (list(columns).index(name) + 0.03, r + 0.03)
            axes.add_patch(Rectangle(corner, 0.94, 0.94, fill=False, edgecolor=INK, linewidth=1.2))
    axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0), xlabel=column_name, ylabel=row_name)
    axes.set_xticks(np.arange(len(columns)) + 0.5, [label_text(name) for name in columns])
    axes.set_yticks(np.arange(len(rows)) + 0.5, [label_text(name) for name in rows])
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0, top=False, bottom=False, labeltop=True, labelbottom=False)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure
