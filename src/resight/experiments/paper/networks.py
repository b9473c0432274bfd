"""The networks that pictures are made of: ours, and C3D before it, where their weights are here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from resight.clips import Preprocessing
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.rows import OURS, ours
from resight.experiments.paper.sources import Shipped, Tuned, Untouched
from resight.methods.opening import open_model
from resight.models import C3D, load_model
from resight.training.run import new_network

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

Network = tuple[str, C3D, Preprocessing]
NOT_HERE = (
    "The weights of ours are not in the working folder: its cell is done, and pictures need the weights themselves."
)


def trainings(lab: Lab) -> list[Cell]:
    """Declare the training that the pictures need, where there are people to train on."""
    return list(ours(lab, 0).needs()) if lab.data.here(TRAINED_ON) else []


def networks(lab: Lab) -> list[Network]:
    """Return name, network and preprocessing of C3D before fine-tuning, and of ours where its weights are here."""
    recipe = Untouched(0).recipe(lab)
    start = Path(recipe.model.weights).name if recipe.model.weights else "random weights"
    found = [(f"before: {start}", new_network(recipe, 2).eval(), recipe.preprocessing)]
    source = ours(lab, 0)
    if isinstance(source, Shipped):
        opened = open_model(source.model)
        assert isinstance(opened.network, C3D)
        found.append((OURS, opened.network, opened.preprocessing))
    elif isinstance(source, Tuned) and (path := source.training.folder(lab) / "best.safetensors").is_file():
        model = load_model(path)
        found.append((OURS, model.network, model.preprocessing))
    return found
