"""Table III: the length of probe and gallery sequences, on iLIDS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.published import as_text, figures
from resight.experiments.paper.rows import OURS, Row, method_source, ours, ours_words, paper_metric, title_of, unasked
from resight.experiments.paper.sources import Source
from resight.experiments.paper.tables import MISSING, measured, printed_rows, sizes
from resight.experiments.paper.trial import Trial
from resight.experiments.paper.views import View
from resight.experiments.scoring import label
from resight.plots.lengths import length_figure

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

DOMAIN = "ilids"
LENGTHS = (1, 8, 16, 32)
METRICS = ("euclidean", "xqda")
COLUMNS = ("frames", "method", "published 1", "ours 1", "ours 5", "ours 10", "ours 20", "ours mAP", "splits")


def name_of(length: int, method: str = OURS) -> str:
    """Name a method with so many frames."""
    return f"{method}, {length} frame{'s' if length > 1 else ''}"


def cells(lab: Lab) -> list[Trial]:
    """Declare for each split and length: ours by both metrics, the first frames of probe and gallery (METHODS §1.4)."""
    if DOMAIN not in lab.data:
        return []
    found: list[Trial] = []
    for split in range(lab.settings.splits):
        sources: list[tuple[str, Source, tuple[str, ...]]] = [(OURS, ours(lab, split), METRICS)]
        trained = lab.data.here(TRAINED_ON)
        sources += [
            (title_of(name), method_source(name, trained, split), (paper_metric(name),)) for name in lab.methods
        ]
        for method, source, metrics in sources:
            for length in LENGTHS:
                name, view = name_of(length, method), View("first", length)
                found += [Trial(name, source, DOMAIN, split, metric, view=view) for metric in metrics]
    return found


def page(lab: Lab) -> Page:
    """Set the published rank-1 beside ours, length by length, and draw the curve."""
    if DOMAIN not in lab.data:
        return Page(notes=[f"{DOMAIN}: n/a ({lab.data.missing[DOMAIN]})."])
    scores = gather(lab, cells(lab))
    printed = printed_rows(scores)
    rows = []
    for method, metric, key in [
        *((OURS, m, f"ours/{m}") for m in METRICS),
        *((title_of(m), paper_metric(m), m) for m in (*lab.methods, *unasked(lab, figures()["length"]))),
    ]:
        published = figures()["length"].get(key, [None] * len(LENGTHS))
        for length, known in zip(LENGTHS, published, strict=True):
            found = measured(printed.get((DOMAIN, name_of(length, method), metric)), lab.settings.splits)
            rows.append((str(length), Row("ours" if method == OURS else method, metric).words, as_text(known), *found))
    page = Page(notes=[ours_words(lab), "A sequence shorter than a clip is repeated from its start (METHODS §1.4)."])
    page.tables.append(Table(lab.data[DOMAIN].title, COLUMNS, tuple(rows), sizes(scores, DOMAIN)))
    for long, short in zip(LENGTHS[:0:-1], LENGTHS[-2::-1], strict=True):
        for metric in METRICS:
            page.comparisons += scores.compare(DOMAIN, label(name_of(long), metric), label(name_of(short), metric))
    lines = {}
    for metric in METRICS:
        shown = [printed.get((DOMAIN, name_of(length), metric)) for length in LENGTHS]
        first = [row.figures["rank-1"] for row in shown if row is not None]
        if len(first) == len(LENGTHS):
            lines[f"ours + {metric}"] = [(cell.mean, cell.low, cell.high) for cell in first]
    if lines:
        drawn = length_figure(LENGTHS, lines, {"published, Euclid": figures()["length"]["ours/euclidean"]})
        page.figures.append(("lengths", drawn, "Rank-1 by the number of frames, ours and published."))
    if len(scores.records) < len(cells(lab)):
        page.notes.append(f"{len(cells(lab)) - len(scores.records)} cells are {MISSING}.")
    return page


EXPERIMENT = Experiment(
    "Table III: sequence length",
    "Only the first 1, 8, 16 or 32 frames of probe and gallery alike; XQDA learns on whole sequences.",
    cells,
    page,
    TRAINED_ON,
)
