"""What each method costs, and whether it was trained to the end: beside the tables' rank-1."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from resight.experiments.cost import measure_cost
from resight.experiments.loss_curve import undertrained
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.experiments.paper.rows import BASELINE, COLOUR, OURS, baseline, method_source, ours, title_of
from resight.experiments.paper.sources import Named, Source
from resight.experiments.paper.tables import MISSING
from resight.report import Cost
from resight.report.page import cost_cells

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

VERSION = 4  # the memory without what earlier cells freed
MARKS = {True: "undertrained", False: "flat at the end", None: "–"}


@dataclass(frozen=True)
class CostCell:
    """The cost of one source of features on tracklets of one set, in the first split."""

    name: str
    source: Source
    domain: str
    kind = "cost"

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the source and the tracklets."""
        found: dict[str, Any] = {"cell": "cost", "version": VERSION, "source": self.source.record(lab)}
        return found | {"test": lab.side(self.domain, 0, "gallery")}

    def words(self, lab: Lab) -> str:
        """Name the method and the set."""
        return f"cost of {self.name} on {self.domain}"

    def needs(self) -> tuple[Cell, ...]:
        """Return what the source stands on."""
        return self.source.needs()

    def measure(self, lab: Lab) -> dict[str, Any]:
        """Time the method on a few tracklets."""
        cost = measure_cost(lab.extractor(self.source), lab.split(self.domain, 0).gallery)
        return {key: value for key, value in asdict(cost).items() if key not in ("method", "train_seconds")}


def cells(lab: Lab) -> list[CostCell]:
    """Declare ours, the baseline, colour, and the compared methods asked for, on the first set that is here."""
    here = lab.data.here(TRAINED_ON)
    if not here:
        return []
    sources = [(OURS, ours(lab, 0)), (BASELINE, baseline(lab, 0)), (COLOUR, Named("colour"))]
    sources += [(title_of(method), method_source(method, here, 0)) for method in lab.methods]
    return [CostCell(name, source, here[0]) for name, source in sources]


def page(lab: Lab) -> Page:
    """Print the cost of each, and how its loss ended."""
    rows, columns = [], tuple(cost_cells(Cost("", None, 0.0, None, 0, 0.0)))
    for cell in cells(lab):
        found, trained = lab.result(cell), [need for need in cell.needs() if lab.done(need)]
        made = [lab.ledger.load(need.kind, lab.key(need))["made"] for need in trained]
        seconds, most = sum(m["seconds"] for m in made), max((m.get("mebibytes") or 0 for m in made), default=0)
        curve = (lab.result(trained[-1]) or {}).get("curve", []) if trained else []
        texts: tuple[str, ...] = (MISSING, *[""] * (len(columns) - 1))
        if found is not None:
            texts = tuple(cost_cells(Cost(cell.name, seconds if cell.needs() else None, **found)).values())
        ends = f"{curve[0][1]:.2f} → {curve[-1][1]:.2f}" if curve else "–"
        rows.append((cell.name, *texts, f"{most:,}" if most else "–", ends, MARKS[undertrained(curve)]))
    found_page = Page(notes=["Measured in the first split, tracklet by tracklet; frames were read once before."])
    found_page.notes.append(
        "Memory is the most that the process held meanwhile, Python, its libraries and what it still kept of earlier "
        "cells among it, but nothing that these had freed: a bound from above."
    )
    found_page.notes.append(
        "Undertrained: the loss of the last fifth of the training is more than 3 % below that of the fifth before it. "
        "The learning rate of ours ends near nothing, so that its loss flattens whatever it has learned."
    )
    found_page.tables.append(Table("Cost", ("method", *columns, "in training, MiB", "loss", "at the end"), tuple(rows)))
    return found_page


EXPERIMENT = Experiment(
    "Cost",
    "Minutes of training, milliseconds a tracklet, learned numbers, size of a feature and memory of every method of "
    "the tables, and whether its training had come to an end.",
    cells,
    page,
    TRAINED_ON,
)
