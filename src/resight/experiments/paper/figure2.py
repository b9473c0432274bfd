"""Figure 2: the filters of conv1, by channel and in colour, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.experiments.paper.networks import NOT_HERE, networks, trainings
from resight.inspection.kernels import temporal_share
from resight.plots import filters_figure

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab


def page(lab: Lab) -> Page:
    """Draw the kernels of C3D before fine-tuning and after, and how much of them is change over time."""
    page = Page()
    rows: list[tuple[str, ...]] = []
    found = networks(lab)
    for name, network, preprocessing in found:
        weights = network.get_parameter("conv1a.weight").detach().float().cpu().numpy()
        drawn = filters_figure(weights, name, preprocessing.channels == "bgr")
        page.figures.append((f"conv1-{'before' if len(rows) == 0 else 'ours'}", drawn, f"Kernels of conv1, {name}."))
        share = temporal_share(weights)
        rows.append((name, str(len(weights)), f"{100 * share.share:.2f}", f"{100 * share.by_chance:.2f}"))
    columns = ("network", "kernels", "change over time, %", "by chance, %")
    page.tables.append(Table("conv1: energy that is change over time", columns, tuple(rows)))
    if len(found) < 2:
        page.notes.append(NOT_HERE)
    page.notes.append("Weights are drawn directly, each kernel on a scale of its own about mid-grey (METHODS §13).")
    return page


EXPERIMENT = Experiment(
    "Figure 2: first-layer filters",
    "The kernels of conv1, three channels by three times by 3×3, of C3D before fine-tuning and of ours.",
    trainings,
    page,
    TRAINED_ON,
)
