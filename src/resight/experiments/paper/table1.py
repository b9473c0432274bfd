"""Table I: identification on PRID, iLIDS and the aerial set, five halves of the people each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from resight.experiments.paper.data import FURTHER, TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page
from resight.experiments.paper.facts import other_sets
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.published import figures as published_figures
from resight.experiments.paper.rows import (
    ASK,
    BASELINE,
    COLOUR,
    OURS,
    PAPER_ROWS,
    Row,
    baseline,
    compared,
    compared_rows,
    ours,
    ours_words,
    start_words,
    unasked,
    unasked_rows,
)
from resight.experiments.paper.sources import Named
from resight.experiments.paper.tables import side_by_side, sizes
from resight.experiments.paper.trial import Trial
from resight.experiments.scoring import label
from resight.plots import Curve, cmc_figure
from resight.report import Summary, aggregate

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
    others = compared_rows(lab)
    here = lab.data.here(TRAINED_ON[:3])
    found = Page(notes=[ours_words(lab), start_words(lab), *other_sets(lab, here)])
    if lab.settings.splits > 1:
        found.notes.append("The bands of the CMC curves are ± one standard deviation over the splits.")
    for name in TRAINED_ON:
        if name not in lab.data:
            if name == FURTHER:
                continue
            found.notes.append(f"{name}: n/a ({lab.data.missing[name]}).")
            continue
        title = lab.data[name].title
        rows = (*PAPER_ROWS, *others, *unasked_rows(lab, name))
        found.tables.append(side_by_side(title, rows, scores, name, name, lab.settings.splits, sizes(scores, name)))
        found.figures += figures([s for s in aggregate(scores.records) if s.domain == name], title, name, others)
        for better, worse in QUESTIONS:
            found.comparisons += scores.compare(name, better, worse)
    found.notes.append(
        "The published rows of other methods were measured by other protocols (METHODS §16): beside ours they say how "
        "high the figures are, not who is better."
    )
    found.notes += [ASK] if unasked(lab, published_figures()["rows"]) else []
    return found


def figures(
    summaries: Sequence[Summary], title: str, name: str, others: Sequence[Row]
) -> list[tuple[str, Figure, str]]:
    """Draw ours, baseline and colour; and beside ours each compared method by the first of its rows.

    No metric of a method is chosen by what it found. A line looks the same on every set and in both figures.
    """
    firsts = tuple({row.name: row for row in reversed(others)}.values())[::-1]
    styles = {row: i for i, row in enumerate((*PAPER_ROWS, *firsts))}
    measured = {(s.method, s.metric): s for s in summaries}
    band = "; the bands are ± one standard deviation over the splits" if any(s.n_runs > 1 for s in summaries) else ""

    def drawn(rows: Iterable[Row]) -> list[Curve]:
        found = [(measured.get((row.name, row.metric)), styles[row]) for row in rows]
        return [curve(summary, style) for summary, style in found if summary]

    made = []
    if own := drawn(PAPER_ROWS):
        made.append((f"cmc-{name}", cmc_figure(own, title), f"CMC curves on {title}{band}."))
    if compared := drawn(firsts):
        ours_learned = drawn(row for row in PAPER_ROWS if (row.name, row.metric) == (OURS, "xqda"))
        words = f"CMC curves on {title} of ours and of each compared method by the first of its rows{band}."
        made.append((f"cmc-{name}-methods", cmc_figure([*ours_learned, *compared], title), words))
    return made


def curve(summary: Summary, style: int) -> Curve:
    """Return a row's curve, with a band where there are several splits."""
    low = high = None
    if summary.n_runs > 1:
        low, high = summary.cmc - summary.cmc_std, summary.cmc + summary.cmc_std
    return Curve(label(summary.method, summary.metric), summary.cmc, low, high, style)


EXPERIMENT = Experiment(
    "Table I: PRID, iLIDS, aerial",
    "Half of the people of each set train, the other half is tested, over several splits by identity; CMC at ranks "
    "1, 5, 10 and 20 with Euclidean distance and with XQDA.",
    cells,
    page,
    TRAINED_ON,
)
