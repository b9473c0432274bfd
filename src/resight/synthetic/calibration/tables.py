"""The cells' figures over the camera seeds, as the tables of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from resight.synthetic.calibration.cells import cells_of
from resight.synthetic.calibration.settings import Settings
from resight.synthetic.calibration.situations import Situation

MISSING = "–"


@dataclass
class Column:
    """A situation over its camera seeds.

    Attributes
    ----------
    group, domain, name : str
        As the situation's.
    people, queries : int
        Test people, and queries of one camera seed.
    rows : dict of row to list of (camera seed, figures)
    """

    group: str
    domain: str
    name: str
    people: int
    queries: int = 0
    rows: dict[str, list[tuple[int, dict[str, float]]]] = field(default_factory=dict)

    def values(self, row: str, figure: str) -> np.ndarray:
        """Return a figure in %, one value a camera seed."""
        return 100 * np.array([figures[figure] for _, figures in self.rows.get(row, [])])

    def cell(self, row: str) -> str:
        """Write rank-1 and its range over camera seeds, and mAP, in %; what sees no film has no range."""
        rank1, precision = self.values(row, "rank1"), self.values(row, "map")
        if len(rank1) == 0:
            return MISSING
        filmed = not row.startswith(("chance", "oracle"))
        ends = f" ({rank1.min():.1f}–{rank1.max():.1f})" if len(rank1) > 1 and filmed else ""
        return f"{rank1.mean():.1f}{ends} / {precision.mean():.1f}"

    def over(self, other: Column, row: str) -> str:
        """Write how far rank-1 lies above that of another column, on the camera seeds that both have."""
        theirs = {seed: figures["rank1"] for seed, figures in other.rows.get(row, [])}
        differences = [100 * (f["rank1"] - theirs[seed]) for seed, f in self.rows.get(row, []) if seed in theirs]
        return f"{round(float(np.mean(differences)), 1) + 0.0:+.1f}".replace("-", "−") if differences else MISSING


def columns(wanted: Sequence[Situation], settings: Settings, model: Path | None, folder: Path) -> list[Column]:
    """Gather all cells that are measured, one column a domain, kind of twins, or knob."""
    found: dict[tuple[str, str, str], Column] = {}
    for situation in wanted:
        key = (situation.group, situation.domain.name, situation.name)
        column = found.setdefault(key, Column(*key, situation.people))
        for cell in cells_of(situation, settings, model):
            content = cell.load(folder)
            if content is not None:
                column.queries = content["queries"]
                for row, figures in content["rows"].items():
                    column.rows.setdefault(row, []).append((situation.camera_seed, figures))
    return list(found.values())


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
