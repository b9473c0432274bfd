"""Similar clothes, another day, twins: whether the way of walking counts, with the controls that the paper lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.published import figures
from resight.experiments.paper.rows import COLOUR, Row, method_source, paper_metric, start_words, title_of
from resight.experiments.paper.sources import Named, Source, Tuned
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
    """Declare for each seed and training every test, in order and under every control, all test people as gallery.

    Beside them colour and the compared methods of table I, with frames in order; XQDA learns on people as they come.
    """
    if not lab.data.has_variant("aerial/twins"):
        return []
    ours = [
        Trial(name_of(trained, view), source(lab, trained, seed), test, seed, "euclidean", view=VIEWS[view])
        for seed in range(lab.settings.seeds)
        for trained in TRAINED
        for test in TESTS
        for view in VIEWS
    ]
    others = [
        Trial(row.name, source, test, seed, row.metric, learn=("aerial",))
        for seed in range(lab.settings.seeds)
        for row, source in _others(lab, seed)
        for test in TESTS
    ]
    return [*ours, *others]


def _others(lab: Lab, seed: int) -> list[tuple[Row, Source]]:
    """Return colour by both metrics, and each compared method by its paper's."""
    colour: list[tuple[Row, Source]] = [(Row(COLOUR, metric), Named("colour")) for metric in ("euclidean", "xqda")]
    sets = lab.data.here(TRAINED_ON)
    return colour + [(Row(title_of(name), paper_metric(name)), method_source(name, sets, seed)) for name in lab.methods]


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
        others = [row for row, _ in _others(lab, 0)]
        rows += [(r.words, *measured(printed.get((test, r.name, r.metric)), lab.settings.seeds)) for r in others]
        found.tables.append(Table(f"{words} ({test})", columns, tuple(rows)))
        ordered = [label(name_of(trained, "in order"), "euclidean") for trained in TRAINED]
        for trained, best in zip(TRAINED, ordered, strict=True):
            for view in SHOWN:
                found.comparisons += scores.compare(test, best, label(name_of(trained, view), "euclidean"))
        for floor in (label(COLOUR, metric) for metric in ("euclidean", "xqda")):
            for better in (*ordered, *(label(r.name, r.metric) for r in others if r.name != COLOUR)):
                found.comparisons += scores.compare(test, better, floor)
    found.tables.append(_paper_form(lab))
    found.notes.append(
        "Features of whole tracklets, by Euclid where nothing else is named; chance is 1 in the gallery's size. Colour "
        "and compared methods see frames in order; these are those of table I, trained on all its sets."
    )
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
    TRAINED_ON,
)
