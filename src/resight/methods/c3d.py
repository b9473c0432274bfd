"""C3D by its name: what a recipe trains, on the people of one split (METHODS §1)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import Field
from rich.console import Console

from resight.features.clips import ClipExtractor
from resight.features.extract import Extractor
from resight.methods.base import Method, Settings
from resight.methods.opening import open_model
from resight.tracklets import TrackletSet
from resight.training.recipe import Recipe, Source, load_recipe
from resight.training.run import train

WEIGHTS = "best.safetensors"


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
        return C3DSettings(recipe="paper")

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        own = self.settings
        assert isinstance(own, C3DSettings)
        changes: dict[str, Any] = {} if own.iterations is None else {"training__iterations": own.iterations}
        if own.weights is not None:
            changes["model__weights"] = None if own.weights == "nothing" else own.weights
        self.recipe = load_recipe(own.recipe, **changes)

    def train(
        self,
        people: TrackletSet,
        folder: Path,
        seed: int = 0,
        leaks: tuple[str, ...] = (),
        console: Console | None = None,
        populations: Mapping[str, str] = MappingProxyType({}),
    ) -> Extractor:
        """Train as `Method.train`; the weight file knows its people too, so that it can be used without the folder."""
        self._leaks, self._populations = leaks, populations
        return super().train(people, folder, seed, leaks, console, populations)

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Fine-tune on `people`, less those whom the recipe holds out for validation."""
        train(self._recipe(people, seed), people, folder, self._leaks, console, populations=self._populations)

    def load(self, folder: Path) -> ClipExtractor:
        """Make the extractor of the trained network."""
        return open_model(folder / WEIGHTS, self.name)

    def _recipe(self, people: TrackletSet, seed: int) -> Recipe:
        sets = tuple(Source(dataset=domain, domain=domain) for domain in sorted(people.group("domain")))
        return self.recipe.model_copy(update={"seed": seed, "data": sets})
