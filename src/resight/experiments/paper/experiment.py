"""What an experiment is: the cells that it declares, and the page that it makes of those that are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from resight.experiments.paper.cells import Cell
from resight.experiments.paper.data import FURTHER, NAMES
from resight.frames import Frames
from resight.report import Comparison

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab


@dataclass(frozen=True)
class Table:
    """A table of texts: the first column names the row; published figures are marked by the columns' heads."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of pixels, uint8 RGB ``(H, W, 3)``, with its words."""

    name: str
    pixels: Frames
    words: str


@dataclass(eq=False)
class Page:
    """What an experiment shows.

    Attributes
    ----------
    tables : list of Table
    figures : list of (file name, figure, words for those who cannot see it)
    pictures : list of Picture
    comparisons : list of Comparison
    notes : list of str
        Sentences: what the figures mean and do not.
    """

    tables: list[Table] = field(default_factory=list)
    figures: list[tuple[str, Figure, str]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Experiment:
    """A table, figure or question of the paper.

    Attributes
    ----------
    title, about : str
        What it is, and what it asks, in a sentence or two.
    cells : callable
        Declares all cells for a lab, in the order in which they are best measured; measures nothing.
    page : callable
        Makes the page of what is done; what is not done is missing there, and said to be.
    sets : tuple of str
        Those that it uses where they are here.
    """

    title: str
    about: str
    cells: Callable[[Lab], Sequence[Cell]]
    page: Callable[[Lab], Page]
    sets: tuple[str, ...] = (*NAMES, FURTHER)
