"""The course of a training: loss and the held-out people's rank-1 and mAP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from resight.errors import InputError
from resight.plots.style import label_text, legend_columns, line_style, new_figure, styled

PANELS = (
    ("loss", "Training loss", 1.0),
    ("val_rank1", "Validation rank-1 (%)", 100.0),
    ("val_map", "Validation mAP (%)", 100.0),
)
Series = tuple[Sequence[float], Sequence[float]]


@styled
def training_figure(runs: Mapping[str, Mapping[str, Series]]) -> Figure:
    """Draw one panel a figure and one line a run.

    Parameters
    ----------
    runs : mapping of run name to mapping of column to (steps, values)
        Columns ``loss``, ``val_rank1`` and ``val_map`` are drawn, the last two given as fractions; others are ignored.

    Raises
    ------
    InputError
        Where no run holds any of these columns.
    """
    panels = [panel for panel in PANELS if any(len(run.get(panel[0], ((), ()))[0]) for run in runs.values())]
    if not panels:
        raise InputError("a training figure needs a run with steps and loss or validation figures")
    width = 3.5 * len(panels) + 0.2
    figure, axes = new_figure(len(panels), width=width, height=2.9)
    for ax, (column, title, scale) in zip(axes, panels, strict=True):
        for index, (name, run) in enumerate(runs.items()):
            steps, values = run.get(column, ((), ()))
            style = line_style(index) | {"markevery": max(1, len(steps) // 6)}
            ax.plot(steps, [scale * value for value in values], label=label_text(name), **style)
        ax.set_title(title)
        ax.set_xlabel("Step")
        if column == "loss":
            ax.set_ylim(bottom=min(0.0, ax.dataLim.y0))
    if len(runs) > 1:
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=legend_columns(labels, width, most=4))
    return figure
