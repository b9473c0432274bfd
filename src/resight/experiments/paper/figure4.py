"""Figure 4: samples of the aerial set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper.experiment import Experiment, Page
from resight.plots.samples import samples_figure

if TYPE_CHECKING:
    from resight.experiments.paper.cells import Cell
    from resight.experiments.paper.lab import Lab


def cells(lab: Lab) -> list[Cell]:
    """Declare nothing."""
    return []


def page(lab: Lab) -> Page:
    """Draw the first people of the set; of real people only where the user asks for their own copy."""
    if "aerial" not in lab.data:
        return Page(notes=[f"aerial: n/a ({lab.data.missing['aerial']})."])
    split = lab.split("aerial", 0)
    drawn = samples_figure(split.query + split.gallery, title=lab.data["aerial"].title)
    page = Page(figures=[("samples", drawn, "People of the aerial set, each in two cameras.")])
    if not lab.data["aerial"].synthetic:
        page.notes.append("Pictures of real people: mind the data set's terms before this page is passed on.")
    return page


EXPERIMENT = Experiment(
    "Figure 4: the aerial set",
    "Samples of people seen from two quadcopters.",
    cells,
    page,
    ("aerial",),
)
