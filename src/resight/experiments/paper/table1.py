"""Table I: identification on PRID, iLIDS and the aerial set, five halves of the people each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.rows import (
    BASELINE,
    COLOUR,
    OURS,
    PAPER_ROWS,
    baseline,
    compared,
    compared_rows,
    ours,
    ours_words,
    start_words,
)
from resight.experiments.paper.sources import Named
from resight.experiments.paper.tables import side_by_side, sizes
from resight.experiments.paper.trial import Trial
from resight.experiments.scoring import label
from resight.plots import Curve, cmc_figure
from resight.report import aggregate

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

QUESTIONS = (
    (label(OURS, "euclidean"), label(BASELINE, "euclidean")),
    (label(OURS, "xqda"), label(BASELINE, "xqda")),
    (label(OURS, "xqda"), label(OURS, "euclidean")),
    (label(BASELINE, "xqda"), label(BASELINE, "euclidean")),
    (label(OURS, "xqda"), label(COLOUR, "xqda")),
)


def cells(lab: Lab) -> list[Trial]:
    """Declare for each split: ours, the untouched baseline and the colour floor by both metrics; compared methods."""
    found = []
    domains = lab.data.here(TRAINED_ON)
    for split in range(lab.settings.splits):
        sources = ((OURS, ours(lab, split)), (BASELINE, baseline(lab, split)), (COLOUR, Named("colour")))
        for name, source in sources:
            found += [Trial(name, source, d, split, metric) for d in domains for metric in ("euclidean", "xqda")]
        for domain in domains:
            found += compared(lab, domains, domain, split)
    return found


def page(lab: Lab) -> Page:
    """Set published figures and ours side by side, set by set."""
    scores = gather(lab, cells(lab))
    rows = (*PAPER_ROWS, *compared_rows(lab))
    found = Page(notes=[ours_words(lab), start_words(lab)])
    for name in TRAINED_ON:
        if name not in lab.data:
            found.notes.append(f"{name}: n/a ({lab.data.missing[name]}).")
            continue
        title = lab.data[name].title
        found.tables.append(side_by_side(title, rows, scores, name, name, lab.settings.splits, sizes(scores, name)))
        summaries = [s for s in aggregate(scores.records, scores.pooled()) if s.domain == name]
        if summaries:
            curves = [
                Curve(label(s.method, s.metric), s.cmc, s.cmc - s.cmc_std, s.cmc + s.cmc_std, i)
                if s.n_runs > 1
                else Curve(label(s.method, s.metric), s.cmc, style=i)
                for i, s in enumerate(summaries)
            ]
            found.figures.append((f"cmc-{name}", cmc_figure(curves, title), f"CMC curves on {title}."))
        for better, worse in QUESTIONS:
            found.comparisons += scores.compare(name, better, worse)
    found.notes.append(
        "The published rows of other methods were measured by other protocols (METHODS §16): beside ours they say how "
        "high the figures are, not who is better."
    )
    return found


EXPERIMENT = Experiment(
    "Table I: PRID, iLIDS, aerial",
    "Half of the people of each set train, the other half is tested, over several splits by identity; CMC at ranks "
    "1, 5, 10 and 20 with Euclidean distance and with XQDA.",
    cells,
    page,
)
