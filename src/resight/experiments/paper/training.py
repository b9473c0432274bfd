"""Cells that train: C3D on people of one domain or several, and the compared methods on the same people."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from resight.experiments.loss_curve import loss_curve
from resight.experiments.paper.cells import Cell, timed
from resight.experiments.paper.settings import Changes
from resight.experiments.paper.views import View, seen
from resight.features.clips import digest_weights
from resight.features.extract import Extractor
from resight.inspection.kernels import temporal_share
from resight.methods.registry import method_class
from resight.models import C3D, load_model, shipped_models
from resight.models.c3d import parameter_count
from resight.tracklets import TrackletSet
from resight.training.recipe import Features, Metrics, Recipe, Source
from resight.training.run import new_network, train

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

VERSION = 1
"""Of the code of these cells; a higher number makes them all anew."""
SECTIONS = {"model", "preprocessing", "augmentation", "clips", "training", "validation"}
PLUMBING: Any = {"training": {"checkpoint_every": True, "batches": {"workers", "cache_gb"}}}
"""What changes no result."""
NEWER: dict[str, dict[str, Any]] = {
    "optimiser": {"bias_rate": 1.0, "fc8_rate": 1.0},
    "loss": {"unit": False},
}
"""Keys of the training that are newer than the first cells: at these defaults they stand in no record."""


@runtime_checkable
class Training(Cell, Protocol):
    """A cell that leaves something learned in the work folder, which can be thrown away while the cell stays done."""

    def folder(self, lab: Lab) -> Path:
        """Return where what it learned lies."""
        return lab.work / "training" / lab.key(self)

    def ready(self, lab: Lab) -> bool:
        """Tell whether it is done and what it learned is there."""
        return lab.done(self) and (self.folder(lab) / "finished.json").is_file()

    def prepare(self, lab: Lab) -> None:
        """Train, unless it is ready."""
        if not self.ready(lab):
            timed(self, lab)


@dataclass(frozen=True)
class FineTuning(Training):
    """One training of C3D.

    Attributes
    ----------
    domains : tuple of str
        Sets whose training people make one softmax (METHODS §1.4).
    split : int
        Number of the split, and seed of the network and its batches.
    changes : tuple of (key, value)
        Of the recipe.
    share : float
        Of each domain's training people, drawn by the split's number; above 0, to 1.
    view : View or None
        How the training frames are seen.
    after : FineTuning or None
        The training that this one goes on from, with a new classifier: model 2 goes on from model 1.
    """

    domains: tuple[str, ...]
    split: int
    changes: Changes = ()
    share: float = 1.0
    view: View | None = None
    after: FineTuning | None = None
    kind = "training"

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the recipe's sections that training reads, its start, its people, its seed."""
        recipe = lab.recipe(self.changes)
        sections = recipe.model_dump(mode="json", include=SECTIONS, exclude=PLUMBING)
        for section, newer in NEWER.items():
            held = sections["training"][section]
            sections["training"][section] = {k: v for k, v in held.items() if k not in newer or v != newer[k]}
        if recipe.validation.people:
            sections["features"] = recipe.features.model_dump(mode="json", exclude={"batch"})
        start = lab.key(self.after) if self.after else weights_digest(recipe.model.weights)
        people = {name: lab.side(name, self.split, "train") for name in self.domains}
        found = {"cell": "training", "version": VERSION, "recipe": sections, "start": start, "people": people}
        found |= {"share": self.share, "view": self.view and self.view.record(), "seed": self.split}
        return found | ({"devices": lab.devices} if lab.devices > 1 else {})

    def words(self, lab: Lab) -> str:
        """Name the domains, the split and what is changed."""
        text = f"C3D fine-tuned on {' + '.join(self.domains)}, split {self.split}"
        text += "".join(f", {key} = {value}" for key, value in self.changes)
        if self.share < 1:
            text += f", {100 * self.share:g} % of the people"
        return text + (f", {self.view}" if self.view else "") + (", after the first model" if self.after else "")

    def needs(self) -> tuple[Cell, ...]:
        """Return the training before."""
        return (self.after,) if self.after else ()

    def people(self, lab: Lab) -> TrackletSet:
        """Return the people to train on."""
        people = TrackletSet()
        for name in self.domains:
            own = lab.split(name, self.split).train.filter(lambda t: t.person > 0)
            if self.share < 1:  # of few people at least two
                own, _ = own.split_by_person(min(1.0, max(self.share, 2 / len(own.identities))), self.split)
            people = people + own
        return seen(people, self.view)

    def recipe(self, lab: Lab) -> Recipe:
        """Return the recipe as `train` takes it: what training does not read stands at its default."""
        recipe = lab.recipe(self.changes)
        start = str(self.after.folder(lab) / "best.safetensors") if self.after else recipe.model.weights
        fresh = recipe.model.reinit_fc and self.after is None
        kept = recipe.features if recipe.validation.people else Features()
        return recipe.model_copy(
            update={
                "seed": self.split,
                "data": tuple(_source(lab, name) for name in self.domains),
                "model": recipe.model.model_copy(update={"weights": start, "reinit_fc": fresh}),
                "features": kept,
                "metrics": Metrics(),
            }
        )

    def weights(self, lab: Lab) -> Path:
        """Return its weight file; trained now where it is not there."""
        self.prepare(lab)
        return self.folder(lab) / "best.safetensors"

    def measure(self, lab: Lab) -> dict[str, Any]:
        """Train, and say what came out: no weights."""
        if self.after:
            self.after.prepare(lab)
        people = self.people(lab)
        lab.say(f"{self.words(lab)}: {people.describe()}")
        folder = self.folder(lab)
        recipe = self.recipe(lab)
        before = change_over_time(new_network(recipe, 2))
        leaks = leaks_of(lab, self.domains)
        network = load_model(train(recipe, people, folder, leaks, lab.console, lab.devices)).network
        with (folder / "metrics.csv").open(newline="") as file:
            last = list(csv.DictReader(file))[-1]
        return {
            "people": len(people.identities),
            "tracklets": len(people),
            "iterations": recipe.training.iterations,
            "batch": recipe.training.batches.size,
            "parameters": parameter_count(network),
            "weights": digest_weights(network)[:20],
            "loss": float(last["loss"]),
            "curve": loss_curve(folder / "metrics.csv"),
            "conv1_change_before": before,
            "conv1_change": change_over_time(network),
        }


def _source(lab: Lab, name: str) -> Source:
    """Name a set as recipes do; a synthetic one by its domain, whatever the variant."""
    domain = lab.data[name]
    options = {"domain": name.partition("/")[0]} if domain.synthetic else {}
    return Source(dataset=str(domain.record["set"]), domain=name, options=options)


@dataclass(frozen=True)
class MethodTraining(Training):
    """One training of a compared method, of `resight.methods.METHODS`."""

    method: str
    domains: tuple[str, ...]
    split: int
    kind = "training"

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the method's settings, its people and its seed."""
        settings = lab.settings.method(self.method).settings.learning()
        people = {name: lab.side(name, self.split, "train") for name in self.domains}
        found = {"cell": "method", "version": method_class(self.method).version, "method": self.method}
        return found | {"settings": settings, "people": people, "seed": self.split}

    def words(self, lab: Lab) -> str:
        """Name the method, the domains and the split."""
        return f"{self.method} trained on {' + '.join(self.domains)}, split {self.split}"

    def needs(self) -> tuple[Cell, ...]:
        """Return nothing."""
        return ()

    def trained(self, lab: Lab) -> Extractor:
        """Return the trained method; trained now where it is not there."""
        self.prepare(lab)
        return self._train(lab)

    def measure(self, lab: Lab) -> dict[str, Any]:
        """Train, and say how long that took and how much was learned."""
        lab.say(self.words(lab))
        extractor = self._train(lab)
        took = json.loads((self.folder(lab) / "finished.json").read_text(encoding="utf-8"))
        curve = loss_curve(self.folder(lab) / "metrics.csv")
        return {"parameters": getattr(extractor, "parameters", None), "curve": curve, **took}

    def _train(self, lab: Lab) -> Extractor:
        people = TrackletSet()
        for name in self.domains:
            people = people + lab.split(name, self.split).train
        leaks = leaks_of(lab, self.domains)
        return lab.settings.method(self.method).train(people, self.folder(lab), self.split, leaks, lab.console)


def leaks_of(lab: Lab, domains: tuple[str, ...]) -> tuple[str, ...]:
    """Return the official test sets whose people are among those of some domains (METHODS §3.8)."""
    return tuple(sorted({lab.data[name].leaks for name in domains if lab.data[name].leaks}))


def change_over_time(network: C3D) -> float:
    """Return the share of conv1's energy that is change over time (METHODS §18, claim 12)."""
    return temporal_share(network.get_parameter("conv1a.weight").detach().float().cpu().numpy()).share


def weights_digest(name: str | None) -> str:
    """Hash the weight file of a shipped name or a path; ``random`` where there is none."""
    if not name:
        return "random"
    shipped = Path(str(files("resight") / "models" / "shipped" / f"{name}.safetensors"))
    with (shipped if name in shipped_models() else Path(name)).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
