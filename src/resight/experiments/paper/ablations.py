"""What each part of the system adds: one key changed at a time, and each set trained on against each tested on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from resight.experiments.paper import matrix
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.rows import start_words
from resight.experiments.paper.settings import SCRATCH, Changes
from resight.experiments.paper.sources import Source, Tuned, Untouched
from resight.experiments.paper.tables import MISSING, measured, printed_rows
from resight.experiments.paper.training import FineTuning
from resight.experiments.paper.trial import Trial
from resight.experiments.paper.views import View
from resight.experiments.scoring import label
from resight.training.recipe import Part

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

AS_IT_IS, SCRATCHED, FROZEN = "as it is", "trained from nothing", "frozen frames, from nothing"
"""Rows of ``ablations.yaml`` that claims are weighed by."""


class Ablation(Part):
    """A row of ``ablations.yaml``; its keys are explained there."""

    group: str
    name: str
    recipe: dict[str, Any] = {}  # noqa: RUF012  (pydantic copies it)
    features: dict[str, Any] = {}  # noqa: RUF012
    metric: dict[str, Any] = {}  # noqa: RUF012
    share: float = 1.0
    view: str | None = None
    first: int = 0
    untouched: bool = False
    scratch: bool = False
    over: str = AS_IT_IS

    def training(self, lab: Lab, seed: int) -> FineTuning:
        """Return the training of this row."""
        start = SCRATCH if self.scratch else ()
        changes = hashable({**dict(start), **lab.settings.short, **self.recipe})
        view = View(self.view) if self.view else None
        return FineTuning(lab.data.here(TRAINED_ON), seed, changes, self.share, view)

    def source(self, lab: Lab, seed: int) -> Source:
        """Return where the features of this row come from."""
        if self.untouched:
            return Untouched(seed)
        return Tuned(self.training(lab, seed), hashable(self.features))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that the row is tested by."""
        if "normalize" in self.metric:
            return ("euclidean",)
        return ("xqda",) if self.metric else ("euclidean", "xqda")


@lru_cache(maxsize=1)
def ablations() -> tuple[Ablation, ...]:
    """Return the rows, in order."""
    text = (files("resight") / "experiments" / "paper" / "ablations.yaml").read_text("utf-8")
    return tuple(Ablation.model_validate(row) for row in yaml.safe_load(text))


def hashable(changes: dict[str, Any]) -> Changes:
    """Return changes of a recipe in a form that can be hashed."""
    return tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in changes.items())


def trials(lab: Lab) -> Iterator[Trial]:
    """Yield for each seed every row, tested on every set trained on."""
    for seed in range(lab.settings.seeds):
        for row in ablations():
            view = View("first", row.first) if row.first else None
            for domain in lab.data.here(TRAINED_ON):
                for metric in row.metrics:
                    source, options = row.source(lab, seed), tuple(row.metric.items())
                    yield Trial(row.name, source, domain, seed, metric, options, view=view, shown=metric)


def cells(lab: Lab) -> list[Cell]:
    """Declare the rows, then the matrix of sets."""
    return [*trials(lab), *matrix.trials(lab)]


def page(lab: Lab) -> Page:
    """Tabulate the rows set by set, compare each with the one it differs from, and draw the matrix."""
    scores = gather(lab, trials(lab))
    printed, found = printed_rows(scores), Page(notes=[start_words(lab)])
    columns = ("what differs", "part", "metric", "ours 1", "ours 5", "ours 10", "ours 20", "ours mAP", "seeds")
    for domain in lab.data.here(TRAINED_ON):
        rows = [
            (row.name, row.group, metric, *measured(printed.get((domain, row.name, metric)), lab.settings.seeds))
            for row in ablations()
            for metric in row.metrics
        ]
        found.tables.append(Table(lab.data[domain].title, columns, tuple(rows)))
        for row in ablations():
            for metric in row.metrics:
                better, worse = label(row.over, metric), label(row.name, metric)
                found.comparisons += scores.compare(domain, better, worse) if row.name != row.over else []
    found.tables.append(_kernels(lab))
    matrix.add(lab, found)
    found.notes.append(
        "Differences are those of the row that is compared with (as it is, where none is named) over it."
    )
    found.notes.append("Rows were not chosen by their results, and none of these people chose the recipe.")
    return found


def _kernels(lab: Lab) -> Table:
    """Tabulate the share of conv1's energy that is change over time, before training and after (claim 12)."""
    rows = []
    for row in ablations():
        if row.name in (AS_IT_IS, SCRATCHED, FROZEN):
            done = [r for s in range(lab.settings.seeds) if (r := lab.result(row.training(lab, s)))]
            shares = [[100 * r[key] for r in done] for key in ("conv1_change_before", "conv1_change")]
            texts = ["; ".join(f"{share:.2f}" for share in each) or MISSING for each in shares]
            rows.append((row.name, *texts, str(done[0]["parameters"]) if done else ""))
    columns = ("training", "before, % (a seed each)", "after, %", "parameters")
    note = "Kernels less their mean over time, squared, over all squared weights; random weights: each draw its own."
    return Table("conv1: energy that is change over time", columns, tuple(rows), note)


EXPERIMENT = Experiment(
    "Ablations",
    "One key of the recipe changed at a time, in short trainings of the first model on all sets together; and trained "
    "on each set, each pair and all three, tested on each.",
    cells,
    page,
    TRAINED_ON,
)
