"""C3D by its name: what a recipe trains, on the people of one split (METHODS §1)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field
from rich.console import Console

from resight.errors import RecipeError
from resight.features.clips import ClipExtractor
from resight.methods.base import RECORD, Method, Settings
from resight.methods.opening import open_model
from resight.models import load_model
from resight.tracklets import TrackletSet
from resight.training.recipe import Recipe, Source, load_recipe
from resight.training.run import train

NETWORK, WEIGHTS = "network", "best.safetensors"
UNNAMED = ""
"""Weights that have to be named: nobody who asks for the paper's form is given another start in silence."""


class C3DSettings(Settings):
    """C3D's settings: a recipe, and what is changed most.

    Attributes
    ----------
    recipe : str
        A recipe's name or file; its data, seed and metrics are not read.
    iterations : int or None
        Steps; None takes the recipe's.
    weights : str or None
        Shipped network or file to begin from, its convolutions alone where the recipe says so; None takes the
        recipe's, ``nothing`` none.
    """

    recipe: str = "reproduce"
    iterations: int | None = Field(None, ge=1)
    weights: str | None = None


class C3D(Method):
    """The system of the paper: all layers fine-tuned by softmax (and, on two cores, triplets), features of fc7."""

    name = "c3d"
    summary = "ours: C3D, all layers fine-tuned by a recipe; --run or --model for weights that are there"
    source = "Kansal and Subramanyam; METHODS §1"
    Options = C3DSettings

    @classmethod
    def published(cls) -> C3DSettings:
        """The recipe of the paper: full width, 16×112×112, the Sports-1M weights that `weights` names."""
        return C3DSettings(recipe="paper", weights=UNNAMED)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe with what the settings change; read when training asks for it, so that a run outlives its file."""
        own = self.settings
        assert isinstance(own, C3DSettings)
        if own.weights == UNNAMED:
            raise RecipeError("the paper begins from Sports-1M: name the converted file by weights=FILE")
        changes: dict[str, Any] = {} if own.iterations is None else {"training__iterations": own.iterations}
        if own.weights is not None:
            changes["model__weights"] = None if own.weights == "nothing" else own.weights
        return load_recipe(own.recipe, **changes)

    def known(self) -> Mapping[str, Any]:
        """Return what is known of the weights that it begins from."""
        return load_model(self.recipe.model.weights).info if self.recipe.model.weights else {}

    def depends(self) -> dict[str, Any]:
        """Return the recipe itself: a file may change under its name."""
        return {
            "recipe": self.recipe.model_dump(mode="json", exclude={"name", "description", "seed", "data", "metrics"})
        }

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Fine-tune on `people`, less those whom the recipe holds out for validation.

        The weight file gets what the folder's record says of whom it saw, so that it can be used without the folder.
        """
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        populations = {entry["domain"]: entry["population"] for entry in record["seen"]}
        sets = tuple(Source(dataset=domain, domain=domain) for domain in sorted(people.group("domain")))
        recipe = self.recipe.model_copy(update={"seed": seed, "data": sets})
        train(recipe, people, folder / NETWORK, tuple(record["leaks"]), console, populations=populations)
        shutil.copyfile(folder / NETWORK / "metrics.csv", folder / "metrics.csv")

    def load(self, folder: Path) -> ClipExtractor:
        """Make the extractor of the trained network."""
        return open_model(folder / NETWORK / WEIGHTS, self.name)
