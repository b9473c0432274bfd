"""Similar clothes, another day, twins: whether the way of walking counts, with the controls that the paper lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.published import figures
from resight.experiments.paper.rows import start_words
from resight.experiments.paper.sources import Source, Tuned
from resight.experiments.paper.tables import MISSING, measured, printed_rows
from resight.experiments.paper.training import FineTuning
from resight.experiments.paper.trial import Trial
from resight.experiments.paper.views import SILHOUETTES, View
from resight.experiments.scoring import label
from resight.robustness import CONTROLS

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

TESTS = {
    "aerial": "as they come",
    "aerial/clothes": "similar clothes",
    "aerial/days": "other day",
    "aerial/twins": "twins: only the gait differs (×1)",
}
TRAINED = {"one day": ("aerial",), "two days": ("aerial/two-days",)}
SHOWN = (*CONTROLS, SILHOUETTES)
VIEWS: dict[str, View | None] = {"in order": None} | {name: View(name) for name in SHOWN}
PAPER_FORM = {"aerial/clothes": ("clothes", 5), "aerial/days": ("days", 8)}
"""Queries that the paper asks, and its published count."""


def name_of(trained: str, view: str) -> str:
    """Name a network with what it was shown."""
    return f"trained on {trained}, {view}"


def source(lab: Lab, trained: str, seed: int) -> Source:
    """Return the network: fine-tuned on the aerial set alone, its people seen on one day or on two."""
    return Tuned(FineTuning(TRAINED[trained], seed, tuple(lab.settings.short.items())))


def cells(lab: Lab) -> list[Trial]:
    """Declare for each seed and training every test, in order and under every control, all test people as gallery."""
    if not lab.data.has_variant("aerial/twins"):
        return []
    return [
        Trial(name_of(trained, view), source(lab, trained, seed), test, seed, "euclidean", view=VIEWS[view])
        for seed in range(lab.settings.seeds)
        for trained in TRAINED
        for test in TESTS
        for view in VIEWS
    ]


def page(lab: Lab) -> Page:
    """Tabulate every test, compare frames in order with each control, and count in the paper's form."""
    if not cells(lab):
        return Page(
            notes=[
                "n/a: the set has no similar clothes, other days and twins that are known. Whether motion counts "
                "cannot be asked of still pictures, or of frames sampled far apart, at all: they show none."
            ]
        )
    scores = gather(lab, cells(lab))
    printed, found = printed_rows(scores), Page(notes=[start_words(lab)])
    columns = ("trained on, frames", "ours 1", "ours 5", "ours 10", "ours 20", "ours mAP", "seeds")
    for test, words in TESTS.items():
        names = [name_of(trained, view) for trained in TRAINED for view in VIEWS]
        rows = [(n, *measured(printed.get((test, n, "euclidean")), lab.settings.seeds)) for n in names]
        found.tables.append(Table(f"{words} ({test})", columns, tuple(rows)))
        for trained in TRAINED:
            ordered = label(name_of(trained, "in order"), "euclidean")
            for view in SHOWN:
                found.comparisons += scores.compare(test, ordered, label(name_of(trained, view), "euclidean"))
    found.tables.append(_paper_form(lab))
    found.notes.append("Euclidean distance on features of whole tracklets; chance is 1 in the gallery's size.")
    found.notes.append("Frozen: the middle frame again and again. A control changes query and gallery alike.")
    return found


def found_in_ten(lab: Lab, test: str, trained: str) -> list[tuple[int, int]]:
    """Count, for each finished seed, how many of the first queries of the split are found among the first ten."""
    _, asked = PAPER_FORM[test]
    counts = []
    for trial in cells(lab):
        if (trial.domain, trial.name) == (test, name_of(trained, "in order")) and (result := lab.result(trial)):
            first = result["queries"]["first_rank"][:asked]
            counts.append((sum(0 < rank <= 10 for rank in first), len(first)))
    return counts


def _paper_form(lab: Lab) -> Table:
    rows = []
    for test, (known, _) in PAPER_FORM.items():
        published = figures()["temporal"][known]
        for trained in TRAINED:
            counts = found_in_ten(lab, test, trained)
            text = "; ".join(f"{found} of {asked}" for found, asked in counts) or MISSING
            rows.append((f"{TESTS[test]}, trained on {trained}", f"{published['found']} of {published['of']}", text))
    note = "The first queries of each split, whose people are drawn by its seed; an entry a seed; too few to tell."
    return Table("The paper's form: found among the first ten", ("test", "published", "ours"), tuple(rows), note)


EXPERIMENT = Experiment(
    "Temporal: does the way of walking count?",
    "People of the aerial set in similar clothes, on another day, and as twins who differ in gait alone, all test "
    "people as gallery; with frames shuffled, reversed, frozen, without colour and as silhouettes; trained "
    "on one day and on two.",
    cells,
    page,
)
