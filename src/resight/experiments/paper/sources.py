"""Where features come from: a network fine-tuned for the paper, an untouched one, a shipped one, a method by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from resight.experiments.paper.cells import Cell
from resight.experiments.paper.settings import Changes
from resight.experiments.paper.training import FineTuning, MethodTraining, weights_digest
from resight.features.extract import Extractor
from resight.methods.opening import open_method, open_model
from resight.models import load_model
from resight.training.callbacks import extractor_for
from resight.training.recipe import Recipe
from resight.training.run import new_network

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab


class Source(Protocol):
    """Gives an extractor, and says as plain data what its features depend on."""

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return what the features depend on, beside the tracklets."""
        ...

    def needs(self) -> tuple[Cell, ...]:
        """Return the trainings that it stands on."""
        ...

    def extractor(self, lab: Lab) -> Extractor:
        """Make the extractor; what it stands on is trained where it is not there."""
        ...


@dataclass(frozen=True)
class Tuned:
    """A C3D that was fine-tuned, described by the recipe's features with some keys set anew."""

    training: FineTuning
    features: Changes = ()

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the training's key and the section `features`."""
        return {"training": lab.key(self.training), "features": features_record(lab, self.features)}

    def needs(self) -> tuple[Cell, ...]:
        """Return the training."""
        return (self.training,)

    def extractor(self, lab: Lab) -> Extractor:
        """Load the trained network."""
        model = load_model(self.training.weights(lab))
        recipe = lab.recipe((*self.training.changes, *self.features))
        extractor = extractor_for(recipe, model.network, "C3D fine-tuned")
        extractor.info = model.info
        return extractor


@dataclass(frozen=True)
class Untouched:
    """C3D before fine-tuning: the pre-trained network where the recipe names one, else random weights of a seed."""

    seed: int
    changes: Changes = ()

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the network's section, its start and its input."""
        recipe = self.recipe(lab)
        record = recipe.model_dump(mode="json", include={"model", "preprocessing", "clips"})
        start = weights_digest(recipe.model.weights)
        seed = None if recipe.model.weights else self.seed
        return record | {"start": start, "seed": seed, "features": features_record(lab, self.changes)}

    def needs(self) -> tuple[Cell, ...]:
        """Return nothing."""
        return ()

    def recipe(self, lab: Lab) -> Recipe:
        """Return the recipe with the fully connected layers left as they were pre-trained.

        Those take one size of clips: where the recipe fine-tunes at another, clips are made as the network was trained.
        The seed draws what no weights are named for; a classifier that no feature reads is the same for all splits.
        """
        recipe = lab.recipe((*self.changes, ("model.reinit_fc", False)))
        if not recipe.model.weights:
            return recipe.model_copy(update={"seed": self.seed})
        size, clips = own_clips(recipe.model.weights)
        same = size == (recipe.clips.length, *recipe.preprocessing.size)
        return recipe.model_copy(update={"seed": 0} | ({} if same else clips))

    def extractor(self, lab: Lab) -> Extractor:
        """Make the network."""
        recipe = self.recipe(lab)
        extractor = extractor_for(recipe, new_network(recipe, 2).eval(), "C3D untouched")
        if recipe.model.weights:
            extractor.info = load_model(recipe.model.weights).info
        return extractor


@cache
def own_clips(weights: str) -> tuple[tuple[int, int, int], dict[str, Any]]:
    """Return the clips that a network takes, and the sections of a recipe that make them as it was trained."""
    model = load_model(weights)
    return model.network.input_size, {"clips": model.sampling, "preprocessing": model.preprocessing}


@dataclass(frozen=True)
class Shipped:
    """A network that comes with Resight, used as it was trained."""

    model: str

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the weights' digest."""
        return {"shipped": weights_digest(self.model)}

    def needs(self) -> tuple[Cell, ...]:
        """Return nothing."""
        return ()

    def extractor(self, lab: Lab) -> Extractor:
        """Load the network."""
        return open_model(self.model)


@dataclass(frozen=True)
class Learned:
    """A compared method, trained on people."""

    training: MethodTraining

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the training's key, and the settings that are read after it."""
        later = lab.settings.method(self.training.method).settings.after()
        return {"training": lab.key(self.training)} | ({"later": later} if later else {})

    def needs(self) -> tuple[Cell, ...]:
        """Return the training."""
        return (self.training,)

    def extractor(self, lab: Lab) -> Extractor:
        """Load what was trained."""
        return self.training.trained(lab)


@dataclass(frozen=True)
class Named:
    """A method that learns nothing, by the name that ``--method`` takes."""

    spec: str

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the method's own key."""
        return open_method(self.spec).key()

    def needs(self) -> tuple[Cell, ...]:
        """Return nothing."""
        return ()

    def extractor(self, lab: Lab) -> Extractor:
        """Open the method."""
        return open_method(self.spec)


def features_record(lab: Lab, changes: Changes) -> dict[str, Any]:
    """Return how clips are cut and described, without the batch size, which changes nothing."""
    recipe = lab.recipe(changes)
    return {"clips": vars(recipe.clips)} | recipe.features.model_dump(mode="json", exclude={"batch"})


__all__ = ["Learned", "Named", "Shipped", "Source", "Tuned", "Untouched"]
