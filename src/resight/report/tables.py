"""The same rows as CSV, Markdown and LaTeX: rank-1, 5, 10, 20, mAP and mINP in %, one decimal."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from resight.report.summary import Summary

RANKS = (1, 5, 10, 20)
FIGURES = (*(f"rank-{rank}" for rank in RANKS), "mAP", "mINP")
SIZES = ("people", "queries", "gallery", "splits", "seeds")
NONE = "–"


@dataclass(frozen=True)
class Cell:
    """One figure in %: its mean, sample standard deviation over runs, and 95 % interval; NaN where there is none."""

    mean: float
    std: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def value(self) -> str:
        """Mean with its standard deviation, as ``54.2 ± 1.3``."""
        return self.main + ("" if math.isnan(self.mean) or math.isnan(self.std) else f" ± {self.std:.1f}")

    @property
    def main(self) -> str:
        """The mean alone."""
        return NONE if math.isnan(self.mean) else f"{self.mean:.1f}"

    @property
    def spread(self) -> str:
        """Deviation and interval, "" where there are none."""
        return " ".join(filter(None, (self.value.removeprefix(self.main).strip(), self.interval)))

    @property
    def interval(self) -> str:
        """The interval, as ``[50.1, 58.0]``; "" where there is none."""
        return "" if math.isnan(self.low) or math.isnan(self.high) else f"[{self.low:.1f}, {self.high:.1f}]"


@dataclass(frozen=True)
class Row:
    """One method with one metric on one domain, ready to print."""

    domain: str
    method: str
    metric: str
    protocol: str
    figures: dict[str, Cell]
    sizes: dict[str, str]


def table_rows(summaries: Sequence[Summary]) -> list[Row]:
    """Make one row of every summary, in the given order."""
    return [_row(summary) for summary in summaries]


def to_csv(rows: Sequence[Row]) -> str:
    """Comma-separated: a column each for mean, deviation and interval ends; empty where not measured."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    parts = ("", " std", " low", " high")
    names = [figure + part for figure in FIGURES for part in parts]
    writer.writerow(["domain", "method", "metric", "protocol", *names, *SIZES])
    for row in rows:
        cells = (row.figures[figure] for figure in FIGURES)
        values = [v for cell in cells for v in (cell.mean, cell.std, cell.low, cell.high)]
        numbers = ["" if math.isnan(value) else f"{value:.1f}" for value in values]
        writer.writerow([row.domain, row.method, row.metric, row.protocol, *numbers, *row.sizes.values()])
    return out.getvalue()


def to_markdown(rows: Sequence[Row]) -> str:
    """A pipe table; intervals in brackets behind the value."""
    head = ["domain", "method", "metric", *FIGURES, *SIZES]
    lines = [head, ["---"] * 3 + ["---:"] * (len(head) - 3)]
    for row in rows:
        figures = [f"{cell.value} {cell.interval}".strip() for cell in row.figures.values()]
        texts = (row.domain, row.method, row.metric, *figures, *row.sizes.values())
        lines.append([_markdown(text) for text in texts])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def to_latex(rows: Sequence[Row]) -> str:
    """A ``tabular`` for the booktabs package, a rule between domains."""
    head = " & ".join(latex_text(name) for name in ("Domain", "Method", "Metric", *FIGURES, *SIZES))
    lines = ["% needs \\usepackage{booktabs}; figures in \\%, mean ± std over splits and seeds, [95 \\% interval]"]
    lines += [f"\\begin{{tabular}}{{lll{'r' * (len(FIGURES) + len(SIZES))}}}", "\\toprule", f"{head} \\\\"]
    before = None
    for row in rows:
        if row.domain != before:
            lines.append("\\midrule")
        figures = [_latex_cell(cell) for cell in row.figures.values()]
        texts = [latex_text(text) for text in ("" if row.domain == before else row.domain, row.method, row.metric)]
        sizes = [latex_text(text) for text in row.sizes.values()]
        lines.append(" & ".join([*texts, *figures, *sizes]) + " \\\\")
        before = row.domain
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "–": "--",
    "±": r"$\pm$",
    "\n": " ",
    "[": "{[}",
} | {mark: f"\\{mark}" for mark in "&%$#_{}"}


def latex_text(text: str) -> str:
    """Escape what LaTeX would read as a command."""
    return re.sub("|".join(map(re.escape, _LATEX)), lambda found: _LATEX[found[0]], text)


def _latex_cell(cell: Cell) -> str:
    value = cell.value.replace(" ± ", r" $\pm$ ").replace(NONE, "--")
    return f"{value} {{\\scriptsize {cell.interval}}}" if cell.interval else value


def _markdown(text: str) -> str:
    text = re.sub(r"([\\`*_|])", r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))
    return text.replace("\n", " ")


def _row(summary: Summary) -> Row:
    cells = {}
    for rank, name in zip(RANKS, FIGURES, strict=False):
        known = rank <= len(summary.cmc)
        cells[name] = _cell(summary.cmc[rank - 1], summary.cmc_std[rank - 1]) if known else Cell(math.nan)
    ends = summary.interval or {}
    cells["rank-1"] = _cell(summary.cmc[0], summary.cmc_std[0], *ends.get("rank1", ()))
    cells["mAP"] = _cell(summary.map, summary.map_std, *ends.get("map", ()))
    cells["mINP"] = _cell(summary.minp, summary.minp_std, *ends.get("minp", ()))
    queries = _span(summary.n_query)
    if summary.n_valid != summary.n_query:
        queries += f" ({_span(summary.n_valid)} with a match)"
    splits, seeds = ", ".join(summary.splits), ", ".join(map(str, summary.seeds))
    sizes = (_span(summary.n_people), queries, _span(summary.n_gallery), splits, seeds)
    return Row(
        domain=summary.domain,
        method=summary.method,
        metric=summary.metric,
        protocol=summary.protocol,
        figures=cells,
        sizes=dict(zip(SIZES, sizes, strict=True)),
    )


def _cell(*fractions: float) -> Cell:
    return Cell(*(100 * float(value) for value in fractions))


def _span(ends: tuple[int, int]) -> str:
    return f"{ends[0]:,}" if ends[0] == ends[1] else f"{ends[0]:,}–{ends[1]:,}"
