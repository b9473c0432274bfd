"""Tables of what was disturbed: a row for every trial that is declared, measured or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from resight.experiments.curve_points import Line
from resight.experiments.paper.disturbance import Disturbance
from resight.experiments.paper.experiment import Table
from resight.experiments.paper.published import as_text, figures
from resight.experiments.paper.rows import OURS
from resight.experiments.paper.tables import MISSING
from resight.experiments.scoring import label


@dataclass(frozen=True)
class DisturbedRow:
    """One method and metric on one set under one disturbance: in how many splits it is wanted, and its line."""

    change: str
    domain: str
    method: str
    metric: str
    wanted: int
    line: Line | None

    @property
    def name(self) -> str:
        """Method with metric."""
        return label(self.method, self.metric)

    @property
    def splits(self) -> int:
        """Splits that are measured."""
        return self.line.n_splits if self.line else 0


def rows_of(cells: Iterable[Disturbance], lines: Sequence[Line]) -> list[DisturbedRow]:
    """Return a row for each trial and disturbance that cells declare, its splits together."""
    wanted = Counter((c.shown, c.trial.domain, c.trial.name, c.trial.label) for c in cells)
    done = {(line.change, line.domain, line.method, line.metric): line for line in lines}
    return [DisturbedRow(*key, count, done.get(key)) for key, count in wanted.items()]


def level_table(change: str, rows: Sequence[DisturbedRow]) -> Table:
    """Tabulate rank-1 on clean frames, over all levels, and at the strongest."""
    texts = []
    for row in rows:
        found = (MISSING, "", "")
        if line := row.line:
            grid = f"{100 * line.grid.mean:.1f} [{100 * line.grid.low:.1f}, {100 * line.grid.high:.1f}]"
            clean = f"{100 * line.mean[0]:.1f}" if line.levels[0] == 0 else MISSING
            found = (clean, grid, f"{100 * line.mean[-1]:.1f}")
        texts.append((row.name, row.domain, *found, f"{row.splits} of {row.wanted}"))
    columns = ("method", "set", "ours clean", "ours mean over the grid", "ours at the strongest", "splits")
    return Table(f"Rank-1 under {change}", columns, tuple(texts))


def average_table(rows: Sequence[DisturbedRow]) -> Table:
    """Average rank-1 under noise over the grid, then over those sets that all methods are to be measured on."""
    methods: dict[str, list[DisturbedRow]] = {}
    for row in rows:
        methods.setdefault(row.name, []).append(row)
    shared = set.intersection(*({row.domain for row in own} for own in methods.values()))
    texts = []
    for name, every in methods.items():
        own = [row for row in every if row.domain in shared]
        grids = [row.line.grid.mean for row in own if row.line]
        mean = f"{100 * sum(grids) / len(own):.1f}" if len(grids) == len(own) > 0 else MISSING
        known = figures()["noise"].get("ours" if every[0].method == OURS else every[0].method)
        fewest = min(every, key=lambda row: (row.domain not in shared, row.splits))
        texts.append((name, as_text(known), mean, f"{fewest.splits} of {fewest.wanted}"))
    here = ", ".join(name for name in dict.fromkeys(row.domain for row in rows) if name in shared)
    note = (
        f"Ours over {here}, which all of them are tested on, in the fewest splits that one has; the published average "
        "is over the four sets and does not say for which variance, nor for which metric."
    )
    columns = ("method", "published", "ours", "splits")
    return Table("White noise, the average the paper quotes", columns, tuple(texts), note)
