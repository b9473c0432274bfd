"""Tables of published figures and ours, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from resight.experiments.paper.experiment import Table
from resight.experiments.paper.published import RANKS, ranks
from resight.experiments.paper.rows import Row
from resight.experiments.scoring import Scores
from resight.report import aggregate
from resight.report.tables import Row as Printed
from resight.report.tables import table_rows

MISSING = "not measured yet"
SIDE_BY_SIDE = (
    *(f"published {rank}" for rank in RANKS),
    *(f"ours {rank}" for rank in RANKS),
    "ours mAP",
    "splits",
)


def side_by_side(
    title: str, rows: Sequence[Row], scores: Scores, domain: str, published: str, wanted: int, note: str = ""
) -> Table:
    """Make a table of one set: for each row what is published and what was measured here, in %.

    Parameters
    ----------
    title : str
    rows : sequence of Row
    scores : Scores
        Of the finished trials.
    domain, published : str
        The set in the scores, and in the published figures.
    wanted : int
        Splits that there should be.
    note : str
    """
    printed = printed_rows(scores)
    lines = []
    for row in rows:
        found = printed.get((domain, row.name, row.metric))
        lines.append((row.words, *ranks(row.published, published), *measured(found, wanted)))
    return Table(title, ("method", *SIDE_BY_SIDE), tuple(lines), note)


def printed_rows(scores: Scores) -> dict[tuple[str, str, str], Printed]:
    """Return the rows of finished trials by set, method and metric."""
    rows = table_rows(aggregate(scores.records, scores.pooled()))
    return {(row.domain, row.method, row.metric): row for row in rows}


def measured(row: Printed | None, wanted: int) -> tuple[str, ...]:
    """Print rank-1 with its interval, ranks 5, 10 and 20, mAP, and how many of the splits are there."""
    if row is None:
        return (MISSING, *([""] * len(RANKS)), f"0 of {wanted}")
    first = " ".join(filter(None, (row.figures["rank-1"].value, row.figures["rank-1"].interval)))
    others = [row.figures[f"rank-{rank}"].value for rank in RANKS[1:]]
    done = len(row.sizes["splits"].split(", "))
    return (first, *others, row.figures["mAP"].value, f"{done} of {wanted}")


def sizes(scores: Scores, domain: str) -> str:
    """Say how many people, queries and gallery entries a set's figures stand on."""
    for row in table_rows(aggregate([r for r in scores.records if r.domain == domain])):
        parts = (
            f"{row.sizes['people']} people",
            f"{row.sizes['queries']} queries",
            f"{row.sizes['gallery']} in the gallery",
        )
        return f"{', '.join(parts)}; protocol {row.protocol}"
    return ""
