"""The framework, drawn from the network itself: its layers, their sizes and their parameters (the paper's figure 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from resight.inspection.structure import Layer, layers
from resight.models.c3d import C3D
from resight.plots.style import GRID, INK, PALETTE, styled
from resight.plots.tiles import PAGE

TALL, FLOOR, TABLE = 1.15, 1.61, 0.19
"""Inches: the highest block, the ground it stands on, and a line of the table below."""
SHEET = 0.016
"""Inches by which the frames of a block lie behind each other."""
LEFT = 0.72
STEPS = (
    "tracklets of\nseveral domains",
    "clips of\n{frames} frames",
    "C3D, fine-tuned\nover all people",
    "{feature}: mean over\nclips, length 1",
    "Euclid, or XQDA\nlearned on {feature}",
    "gallery ranked\nby distance",
)


@styled
def architecture_figure(network: C3D, feature: str = "fc7", title: str = "") -> Figure:
    """Draw the way from tracklets to a ranked gallery, and the network's layers to scale with their figures.

    Parameters
    ----------
    network : C3D
        Of any width and input size; every number in the figure is read from it.
    feature : str
        The layer whose output is the feature.
    title : str

    Returns
    -------
    Figure
        As wide as a page. A block's height stands for H, the sheets behind it for T.
    """
    found = layers(network)
    width, height = PAGE, FLOOR + TALL + 1.15 + (0.25 if title else 0)
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    if title:
        axes.text(0.06, height - 0.06, title, va="top", fontsize=9.5, fontweight="bold")
    texts = [step.format(frames=network.input_size[0], feature=feature) for step in STEPS]
    _flow(axes, texts, FLOOR + TALL + 0.52, width)
    _blocks(axes, network, found, feature, width)
    return figure


def _flow(axes: Axes, texts: Sequence[str], y: float, width: float) -> None:
    """Draw the steps as boxes with arrows between; the third is what stands below, and is drawn heavier."""
    pitch = (width - 0.12) / len(texts)
    for i, text in enumerate(texts):
        x = 0.06 + i * pitch
        heavy = i == 2
        box = FancyBboxPatch(
            (x + 0.06, y),
            pitch - 0.24,
            0.42,
            boxstyle="round,pad=0.03",
            facecolor="#e8eff5" if heavy else "white",
            edgecolor=INK,
            linewidth=1.4 if heavy else 0.7,
        )
        axes.add_patch(box)
        axes.text(x + 0.06 + (pitch - 0.24) / 2, y + 0.21, text, ha="center", va="center", fontsize=7.2)
        if i + 1 < len(texts):
            ends = ((x + pitch + 0.01, y + 0.21), (x + pitch - 0.13, y + 0.21))
            axes.annotate("", *ends, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 0.9})


def _blocks(axes: Axes, network: C3D, found: Sequence[Layer], feature: str, width: float) -> None:
    """Draw the input and the layers as stacks of sheets, and the table of their figures below."""
    frames, *size = network.input_size
    blocks = [Layer("input", (), (3, frames, *size), (), 0), *found]
    pitch = (width - LEFT - 0.05) / len(blocks)
    highest = math.log2(max(2, size[0]))
    rows = ("channels", "frames T", "H×W", "kernel", "pooling", "parameters")
    for r, name in enumerate(rows):
        axes.text(0.06, FLOOR - 0.24 - r * TABLE, name, va="center", fontsize=7)
    for b, layer in enumerate(blocks):
        middle = LEFT + (b + 0.5) * pitch
        flat = len(layer.output) == 1
        sheets = 1 if flat else layer.output[1]
        tall = 0.75 * TALL if flat else TALL * (0.12 + 0.7 * math.log2(max(2, layer.output[2])) / highest)
        wide = 0.12 if flat else 0.55 * tall * math.sqrt(layer.output[3] / layer.output[2])
        wide = min(wide, pitch - SHEET * 16 - 0.02)
        colour = "#b9c2cc" if b == 0 else PALETTE[2 if flat else 0]
        for sheet in reversed(range(sheets)):
            corner = (middle - wide / 2 + SHEET * (sheet - sheets / 2), FLOOR + 0.04 + SHEET * sheet)
            axes.add_patch(
                Rectangle(corner, wide, tall, facecolor=colour, edgecolor="white", linewidth=0.5, zorder=3 - sheet / 99)
            )
        chosen = layer.name == feature
        above = FLOOR + 0.1 + tall + SHEET * sheets
        axes.text(
            middle, above, layer.name, ha="center", fontsize=7.5, fontweight="bold" if chosen else "normal", zorder=5
        )
        for r, text in enumerate(_figures(layer)):
            axes.text(middle, FLOOR - 0.24 - r * TABLE, text, ha="center", va="center", fontsize=6.4)
    for r in range(len(rows) + 1):
        at = FLOOR - 0.24 + TABLE / 2 - r * TABLE
        axes.plot([0.06, width - 0.05], [at, at], color=GRID, linewidth=0.6)
    total = sum(layer.parameters for layer in found)
    axes.text(0.06, 0.06, f"{total:,} parameters. Heights of blocks: H, logarithmic; sheets: T.", fontsize=7)


def _figures(layer: Layer) -> tuple[str, ...]:
    """Write a layer's column of the table."""
    if layer.name == "input":
        return *_shape(layer), "", "", ""
    return *_shape(layer), _times(layer.kernel) or "–", _times(layer.pooled_by), _short(layer.parameters)


def _shape(layer: Layer) -> tuple[str, str, str]:
    channels, *rest = layer.output
    return str(channels), str(rest[0]) if rest else "–", _times(rest[1:]) or "–"


def _times(numbers: Sequence[int]) -> str:
    return "×".join(map(str, numbers))


def _short(count: int) -> str:
    """Write a count in thousands or millions, to three figures."""
    if count < 1000:
        return str(count)
    value, unit = (count / 1e3, "k") if count < 999_500 else (count / 1e6, "M")
    return f"{value:.3g} {unit}"
