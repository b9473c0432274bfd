"""Figure 1: the framework, drawn from the network itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.experiment import Experiment, Page
from resight.plots.architecture import architecture_figure
from resight.training.run import new_network

if TYPE_CHECKING:
    from resight.experiments.paper.cells import Cell
    from resight.experiments.paper.lab import Lab


def cells(lab: Lab) -> list[Cell]:
    """Declare nothing: the network's sizes follow from the recipe."""
    return []


def page(lab: Lab) -> Page:
    """Draw the network of the recipe with a class for every training person of the first split."""
    people = sum(len(lab.split(name, 0).train.identities) for name in lab.data.here(TRAINED_ON))
    recipe = lab.recipe()
    network = new_network(recipe, people)
    drawn = architecture_figure(network, recipe.features.layer)
    words = f"The way from tracklets to a ranked gallery, and the network's layers; {people} training people."
    return Page(figures=[("framework", drawn, words)], notes=["Every number is read from the network of the recipe."])


EXPERIMENT = Experiment(
    "Figure 1: the framework",
    "Clips of several sets fine-tune one C3D; its features, averaged over a tracklet's clips, are matched.",
    cells,
    page,
    TRAINED_ON,
)
