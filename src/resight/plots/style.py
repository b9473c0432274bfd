"""One look for every figure: lines differ in colour, dash and marker, to survive colour blindness and grey."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from resight.files import atomic_write

INK, GRID = "#24292f", "#d4d9df"
PALETTE = ("#0067a5", "#cc4e00", "#008060", "#b0568e", "#8a6d00", "#3f9bd8", "#6a51a3", "#6b7480")
"""After Okabe & Ito (2008), darkened until each has a contrast of 3:1 or more on white."""
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 2, 1.2, 2)))
MARKERS = "osD^vPX*"
WIDTH_OF_LETTER, BESIDE = 0.6, 8
"""Of a legend's letters, in font sizes; and what line and gaps beside each name take, in letters."""
RIGHT, WRONG, JUNK = "#008060", "#c0341d", "#6b7480"
_RC: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "text.parse_math": False,
    "svg.hashsalt": "resight",
}
styled = matplotlib.rc_context(_RC)
"""Decorates a function that draws: the look holds while it draws, and matplotlib's own settings stay as they are."""


def new_figure(columns: int = 1, width: float = 5.4, height: float = 3.6) -> tuple[Figure, list[Axes]]:
    """Make a figure with axes side by side, outside pyplot's global state; `width` and `height` in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def picture_grid(rows: int, columns: int, width: float, height: float) -> tuple[Figure, list[list[Axes]]]:
    """Make a figure of `rows` by `columns` bare axes for pictures; `width` and `height` in inches."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    head = 0.65 / height
    margins = {"left": 0.01, "right": 0.99, "bottom": 0.01, "top": 1 - head, "wspace": 0.06, "hspace": 0.3}
    found = figure.subplots(rows, columns, squeeze=False, gridspec_kw=margins)
    for ax in found.flat:
        ax.grid(False)
        ax.set_axis_off()
    return figure, [list(row) for row in found]


def line_style(index: int) -> dict[str, Any]:
    """Colour, dash and marker of the n-th line: of the first 32, no two agree in two of the three."""
    turn = index // len(PALETTE)
    return {
        "color": PALETTE[index % len(PALETTE)],
        "linestyle": DASHES[(index + turn) % len(DASHES)],
        "marker": MARKERS[(index + 2 * turn) % len(MARKERS)],
        "linewidth": 1.6,
        "markersize": 4.2,
        "markeredgewidth": 0.0,
    }


def legend_columns(names: Sequence[str], width: float, most: int = 3) -> int:
    """Return how many columns of a legend fit into `width` inches, by the longest name; 1 to `most`."""
    inches = (len(max(names, key=len)) + BESIDE) * WIDTH_OF_LETTER * _RC["legend.fontsize"] / 72
    return max(1, min(most, len(names), int(width / inches)))


def save_figure(figure: Figure, stem: str | Path) -> tuple[Path, Path]:
    """Write ``STEM.svg`` (text as outlines) and ``STEM.png`` (160 dpi, white ground), each whole or not at all.

    Returns
    -------
    tuple of Path
        The SVG and the PNG.
    """
    paths = Path(f"{stem}.svg"), Path(f"{stem}.png")
    forms: tuple[dict[str, Any], ...] = ({"metadata": {"Date": None}}, {"dpi": 160})
    with matplotlib.rc_context(_RC | {"svg.fonttype": "path"}):
        for path, options in zip(paths, forms, strict=True):
            with atomic_write(path) as temporary:
                figure.savefig(temporary, facecolor="white", **options)
    return paths


def inline_svg(figure: Figure, name: str, alt: str) -> str:
    """Give the ``<svg>`` element for a web page: no ground of its own, and colours as CSS variables.

    Ink becomes ``currentColor``, the grid ``var(--grid)`` and line n ``var(--line-n)``, so that one drawing serves
    light and dark pages. Text stays text.

    Parameters
    ----------
    figure : Figure
    name : str
        Stands before every id, so that drawings on one page keep apart; letters, digits and hyphens.
    alt : str
        What the drawing shows, for those who cannot see it.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context(_RC | {"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"| (?:width|height)="[\d.]+pt"', "", text)
    swaps = {INK: "currentColor", GRID: "var(--grid)"} | {c: f"var(--line-{i})" for i, c in enumerate(PALETTE)}
    for colour, variable in swaps.items():
        text = text.replace(colour, variable)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{html.escape(alt)}"', 1)


def label_text(text: str) -> str:
    """Keep matplotlib from dropping a label that begins with an underscore, by an invisible space before it."""
    return f"\u200b{text}" if text.startswith("_") else text
