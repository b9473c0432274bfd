"""What the page says in words and tables, made from rows and comparisons."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from resight.report.results import Comparison, Cost
from resight.report.summary import Summary
from resight.report.tables import FIGURES, Row


@dataclass(frozen=True)
class DomainTable:
    """One domain's rows: what all of them share, what differs (a column each), and the best mean of every figure."""

    domain: str
    rows: list[Row]
    shared: dict[str, str]
    columns: list[str]
    best: dict[str, float]

    def is_best(self, row: Row, figure: str) -> bool:
        """Whether a row has the highest mean, as printed, among several."""
        mean = row.figures[figure].mean
        return len(self.rows) > 1 and not math.isnan(mean) and round(mean, 1) == self.best[figure]


def attributes(row: Row) -> dict[str, str]:
    """Protocol and sizes of a row."""
    return {"protocol": row.protocol, **row.sizes}


def domain_tables(rows: Sequence[Row]) -> list[DomainTable]:
    """Group rows by domain, in given order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.domain, []).append(row)
    return [_table(domain, members) for domain, members in groups.items()]


def _table(domain: str, rows: list[Row]) -> DomainTable:
    values = {name: {attributes(row)[name] for row in rows} for name in attributes(rows[0])}
    shared = {name: next(iter(found)) for name, found in values.items() if len(found) == 1}
    best = {}
    for figure in FIGURES:
        means = [row.figures[figure].mean for row in rows]
        best[figure] = round(max((m for m in means if not math.isnan(m)), default=math.nan), 1)
    return DomainTable(domain, rows, shared, [name for name in values if name not in shared], best)


def cost_cells(cost: Cost) -> dict[str, str]:
    """Print a method's cost, by column; a dash where it does not train or does not say."""
    minutes = "–" if cost.train_seconds is None else f"{cost.train_seconds / 60:.1f}"
    return {
        "training, min": minutes,
        "ms a tracklet": f"{cost.tracklet_milliseconds:.1f}",
        "learned numbers": "–" if cost.parameters is None else f"{cost.parameters:,}",
        "feature size": f"{cost.feature_size:,}",
        "most memory, MiB": "–" if cost.peak_megabytes is None else f"{cost.peak_megabytes:,.0f}",
    }


def headline(rows: Sequence[Row]) -> list[Row]:
    """The row with the highest rank-1 of every domain."""
    return [max(table.rows, key=_rank1) for table in domain_tables(rows)]


def _rank1(row: Row) -> float:
    mean = row.figures["rank-1"].mean
    return -1.0 if math.isnan(mean) else mean


@dataclass(frozen=True)
class Bar:
    """A comparison as drawn: places of its interval and point on an axis from 0 to 100, with zero at 50."""

    comparison: Comparison
    start: float
    end: float
    point: float

    @property
    def words(self) -> str:
        """The difference in points with its interval."""
        c = self.comparison
        return f"{100 * c.difference:+.1f} [{100 * c.low:+.1f}, {100 * c.high:+.1f}]".replace("-", "−")

    @property
    def verdict(self) -> tuple[str, str, str]:
        """Class, mark and words of the verdict."""
        return {
            "holds": ("holds", "▲", "better"),
            "does not hold": ("fails", "▼", "worse"),
            "can't be told": ("open", "≈", "can't be told"),
        }[self.comparison.verdict]


@dataclass(frozen=True)
class ComparisonGroup:
    """One domain's comparisons: a line for each pair, a column for each figure."""

    domain: str
    figures: list[str]
    pairs: dict[tuple[str, str], dict[str, Bar]]


def comparison_groups(comparisons: Sequence[Comparison]) -> list[ComparisonGroup]:
    """Group comparisons by domain; all are drawn on one scale, so that their lengths compare."""
    ends = [abs(v) for c in comparisons for v in (c.low, c.high, c.difference) if math.isfinite(v)]
    reach = max(ends, default=0.0) or 1.0

    def place(value: float) -> float:
        return 50 + 48 * value / reach if math.isfinite(value) else 50.0

    groups: dict[str, ComparisonGroup] = {}
    for c in comparisons:
        group = groups.setdefault(c.domain, ComparisonGroup(c.domain, [], {}))
        if c.what not in group.figures:
            group.figures.append(c.what)
        group.pairs.setdefault((c.a, c.b), {})[c.what] = Bar(c, place(c.low), place(c.high), place(c.difference))
    return list(groups.values())


def comparison_words(comparisons: Sequence[Comparison]) -> str:
    """Say how many comparisons came out which way."""
    found = Counter[str](c.verdict for c in comparisons)
    parts = (("holds", "better"), ("does not hold", "worse"))
    said = [f"{found[verdict]} found the first method {word}" for verdict, word in parts if found[verdict]]
    if open_ := found["can't be told"]:
        said.append(f"in {open_} it can't be told")
    return f"Of {len(comparisons)} comparisons, {', '.join(said)}."


def spread_words(rows: Sequence[Row]) -> str:
    """Say what stands behind the means."""
    cells = [cell for row in rows for cell in row.figures.values()]
    said = []
    if any(not math.isnan(cell.std) for cell in cells):
        said.append("± is the sample standard deviation over splits and seeds.")
    if any(cell.interval for cell in cells):
        said.append("In brackets, the 95 % interval over people, and over splits and seeds where there are several.")
    return " ".join(said) or "One split and seed: there is no deviation to show."


def band_words(summaries: Sequence[Summary]) -> str:
    """Say what the bands of the CMC curves are."""
    said = []
    if any(summary.n_runs > 1 for summary in summaries):
        said.append("The bands are one standard deviation over splits and seeds to either side.")
    if any(summary.n_runs == 1 and summary.band for summary in summaries):
        said.append("The band of a single run is its 95 % interval over people.")
    return " ".join(said)
