"""Every set trained on, alone and together, against every set tested on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.experiment import Page, Table
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.rows import METRIC_WORDS
from resight.experiments.paper.sources import Tuned
from resight.experiments.paper.tables import measured, printed_rows
from resight.experiments.paper.training import FineTuning
from resight.experiments.paper.trial import Trial
from resight.plots.matrix import matrix_figure
from resight.report.tables import Cell

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

METRICS = ("euclidean", "xqda")


def unions(lab: Lab) -> list[tuple[str, ...]]:
    """Return every set, every pair and all together."""
    here = lab.data.here(TRAINED_ON)
    return [union for size in range(1, len(here) + 1) for union in combinations(here, size)]


def name_of(union: tuple[str, ...]) -> str:
    """Name what a row was trained on."""
    return "trained on " + " + ".join(union)


def trials(lab: Lab) -> Iterator[Trial]:
    """Yield for each seed and union a test on every set.

    A metric learns on the set's own training people where the row saw them, else on all people of the row.
    """
    changes = tuple(lab.settings.short.items())
    for seed in range(lab.settings.seeds):
        for union in unions(lab):
            source = Tuned(FineTuning(union, seed, changes))
            for domain in lab.data.here(TRAINED_ON):
                learn = () if domain in union else union
                for metric in METRICS:
                    yield Trial(name_of(union), source, domain, seed, metric, learn=learn)


def add(lab: Lab, page: Page) -> None:
    """Add tables and pictures of the matrix to a page: each figure with its interval and of how many seeds it is."""
    rows, columns, wanted = unions(lab), lab.data.here(TRAINED_ON), lab.settings.seeds
    printed = printed_rows(gather(lab, trials(lab)))
    for metric in METRICS:
        cells = [[printed.get((domain, name_of(union), metric)) for domain in columns] for union in rows]
        words = [[measured(cell, wanted) for cell in line] for line in cells]
        names = [" + ".join(union) for union in rows]
        texts = [(name, *(f"{w[0]}, {w[-1]}" for w in line)) for name, line in zip(names, words, strict=True)]
        title = f"Rank-1 with {METRIC_WORDS[metric]}: trained on (rows), tested on (columns)"
        note = "With the interval, and how many of the seeds are there."
        page.tables.append(Table(title, ("trained on", *columns), tuple(texts), note))
        first = [[cell.figures["rank-1"] if cell else Cell(math.nan) for cell in line] for line in cells]
        values = np.array([[figure.mean for figure in line] for line in first])
        if np.isfinite(values).any():
            notes = [
                [f"{figure.interval}\n{w[-1]}" for figure, w in zip(*line, strict=True)]
                for line in zip(first, words, strict=True)
            ]
            drawn = matrix_figure(names, columns, values, METRIC_WORDS[metric], notes=notes, top=100)
            page.figures.append((f"matrix-{metric}", drawn, title))
