"""Ranked lists with frames: the query at the left; right entries green and ticked, wrong ones red and crossed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from resight.errors import InputError
from resight.frames import Frames
from resight.plots.style import INK, JUNK, RIGHT, WRONG, picture_grid, styled

if TYPE_CHECKING:
    from resight.report.ranking import Ranking


@styled
def ranked_figure(rankings: Sequence[Ranking], title: str = "") -> Figure:
    """Draw one row a query; several frames of one picture are represented by the middle one.

    Raises
    ------
    InputError
        Where there is no ranked list to draw.
    """
    if not rankings:
        raise InputError("a figure of ranked lists needs at least one list")
    columns = 1 + max(len(ranking.entries) for ranking in rankings)
    figure, grid = picture_grid(len(rankings), columns, width=1.05 * columns, height=2.35 * len(rankings) + 0.3)
    for row, ranking in zip(grid, rankings, strict=True):
        _picture(row[0], ranking.picture, INK, "-", f"query\n{ranking.person} · cam {ranking.camera}")
        for ax, entry, rank in zip(row[1:], ranking.entries, ranking.ranks(), strict=False):
            if entry.junk:
                colour, dash, mark = JUNK, ":", "junk"
            else:
                colour, dash, mark = (RIGHT, "-", f"{rank} ✓") if entry.correct else (WRONG, "--", f"{rank} ✗")
            _picture(ax, entry.picture, colour, dash, f"{mark}\n{entry.person} · cam {entry.camera}")
            if entry.junk:
                ax.patch.set_hatch("///")
                ax.images[0].set_alpha(0.45)
    figure.suptitle(title, x=0.01, y=1 - 0.08 / figure.get_figheight(), ha="left", fontweight="bold")
    return figure


def _picture(ax: Axes, picture: Frames, colour: str, dash: str, text: str) -> None:
    ax.imshow(picture if picture.ndim == 3 else picture[len(picture) // 2])
    ax.set_axis_on()
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title(text, fontsize=7, fontweight="normal", color=colour, loc="center")
    for spine in ax.spines.values():
        spine.set(visible=True, color=colour, linewidth=2.6, linestyle=dash, capstyle="butt")
