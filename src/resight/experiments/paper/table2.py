"""Table II: MARS, unseen by the first model and learned by the second, and the average over the four sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper import table1
from resight.experiments.paper.averages import CROSS, CROSS_BASELINE, SECOND, average_rows
from resight.experiments.paper.data import NAMES, TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.experiments.paper.facts import other_sets
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.published import as_text, figures
from resight.experiments.paper.rows import (
    ASK,
    BASELINE,
    COLOUR,
    Row,
    baseline,
    compared,
    compared_rows,
    ours,
    ours_words,
    second_model,
    start_words,
    unasked,
    unasked_rows,
)
from resight.experiments.paper.sources import Named, Tuned
from resight.experiments.paper.tables import MISSING, side_by_side, sizes
from resight.experiments.paper.trial import Trial
from resight.experiments.scoring import label

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

METRICS = ("euclidean", "xqda")
CROSS_ROWS = (
    Row(CROSS, "euclidean", "ours/euclidean"),
    Row(CROSS, "xqda", "ours/xqda"),
    Row(CROSS_BASELINE, "euclidean"),
    Row(CROSS_BASELINE, "xqda", "baseline/xqda"),
)
TRAINED_ROWS = (
    Row(SECOND, "euclidean", "ours/euclidean"),
    Row(SECOND, "xqda", "ours/xqda"),
    Row(BASELINE, "euclidean"),
    Row(BASELINE, "xqda"),
    Row(COLOUR, "euclidean"),
    Row(COLOUR, "xqda"),
)
TESTS = {"mars": "single query", "mars/multiple": "multiple query"}


def cells(lab: Lab) -> list[Trial]:
    """Declare the cross-test (XQDA learned on the source people), then the second model, single and multiple query."""
    if "mars" not in lab.data:
        return []
    found = []
    known = lab.data.here(TRAINED_ON)
    for split in range(lab.settings.splits):
        crossed = ((CROSS, ours(lab, split)), (CROSS_BASELINE, baseline(lab, split))) if known else ()
        for name, source in crossed:
            found += [Trial(name, source, "mars", split, metric, learn=known) for metric in METRICS]
        sources = [
            (SECOND, Tuned(second_model(lab, split))),
            (BASELINE, baseline(lab, split)),
            (COLOUR, Named("colour")),
        ]
        for name, source in sources:
            found += [Trial(name, source, test, split, metric) for test in TESTS for metric in METRICS]
        found += compared(lab, ("mars",), "mars", split)
    return found


def page(lab: Lab) -> Page:
    """Set published figures and ours side by side, and the averages over the four sets below."""
    if "mars" not in lab.data:
        return Page(notes=[f"mars: n/a ({lab.data.missing['mars']})."])
    trials = cells(lab)
    scores = gather(lab, trials)
    found = Page(notes=[ours_words(lab), start_words(lab), *other_sets(lab, ("mars",))])
    wanted, title, size = lab.settings.splits, lab.data["mars"].title, sizes(scores, "mars")
    unseen = f"{title}, not trained on"
    found.tables.append(side_by_side(unseen, CROSS_ROWS, scores, "mars", "mars-cross", wanted, size))
    for test, words in TESTS.items():
        if test != "mars" and len(lab.split(test, 0).query) == len(lab.split("mars", 0).query):
            found.notes.append(
                f"No table of {words}: people have one tracklet a camera here, so it is the table above."
            )
            continue
        single = test == "mars"
        rows = (*TRAINED_ROWS, *((*compared_rows(lab), *unasked_rows(lab, "mars")) if single else ()))
        shown = rows if single else tuple(Row(row.name, row.metric) for row in rows)
        found.tables.append(side_by_side(f"{title}, {words}", shown, scores, test, "mars", wanted, sizes(scores, test)))
    for better, worse in (
        (label(CROSS, "xqda"), label(CROSS, "euclidean")),
        (label(CROSS, "xqda"), label(CROSS_BASELINE, "xqda")),
        (label(SECOND, "euclidean"), label(CROSS, "euclidean")),
        (label(SECOND, "xqda"), label(CROSS, "xqda")),
        (label(SECOND, "xqda"), label(SECOND, "euclidean")),
        (label(SECOND, "xqda"), label(BASELINE, "xqda")),
    ):
        found.comparisons += scores.compare("mars", better, worse)
    found.tables.append(_averages(lab))
    found.notes.append(
        "IDE's published MARS row is its multiple-query one, and those of RCN and ASTPN rank pairs of two cameras "
        "(METHODS §16): they stand beside, not against, the official single-query test."
    )
    found.notes += [ASK] if unasked(lab, figures()["rows"]) else []
    return found


def _averages(lab: Lab) -> Table:
    """Average rank-1 over the four sets, where a row is measured on all of them."""
    scores = gather(lab, [*table1.cells(lab), *cells(lab)])
    rows = []
    for name, parts, known in average_rows(lab):
        found = [scores.evaluations.get((d, label(*part)), []) for d, part in zip(NAMES, parts, strict=True)]
        values = [sum(e.rank1 for e in each) / len(each) for each in found if each]
        text = f"{100 * sum(values) / len(NAMES):.2f}" if len(values) == len(NAMES) else MISSING
        splits = f"{min(map(len, found))} of {lab.settings.splits}" if text != MISSING else ""
        rows.append((name, as_text(figures()["average"].get(known)), text, splits))
    note = "Means over the sets of their means over splits, of the fewest that one has; differences: claim 4."
    return Table("Rank-1, average over the four sets", ("method", "published", "ours", "splits"), tuple(rows), note)


EXPERIMENT = Experiment(
    "Table II: MARS",
    "The first model on MARS, which it never saw; the second model, fine-tuned further on MARS's training people; the "
    "official test.",
    cells,
    page,
)
