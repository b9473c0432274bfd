"""What RCN, ASTPN and the two streams share: settings, training on pairs, and loading (METHODS §5)."""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from rich.console import Console
from torch import Tensor, nn
from torch.optim import Optimizer

from resight.errors import RecipeError, WeightsError
from resight.features.colour_motion import ChannelCache, ColourMotion
from resight.files import write_text
from resight.methods.base import Method, Settings
from resight.methods.fitting import WEIGHTS, fit_network, read_weights
from resight.methods.siamese_loss import Form, Pairs, pair_loss
from resight.methods.siamese_matching import SiameseExtractor
from resight.methods.siamese_pairs import SHIFTS, PairSampler
from resight.tracklets import TrackletSet


class SiameseSettings(Settings):
    """Settings of a recurrent Siamese network.

    Attributes
    ----------
    iterations : int
        Steps.
    epochs : int
        Where above 0, in the place of `iterations`: an epoch has each person's pair once, and as many of two people.
    pairs : int
        Pairs a step. Their loss is a mean, so that a step has the expectation of a step on one pair.
    length : int
        Frames of a training sequence.
    margin, form
        Of the contrastive loss; see `resight.methods.siamese_loss.contrastive`.
    features : int
        Numbers that describe a sequence (of one stream).
    dropout : float
    solver : {"adam", "sgd"}
    lr, momentum, dampening : float
        The latter two are for ``sgd``. Torch7's dampening is its momentum, so that a steady gradient moves the weights
        by lr a step, not by ten times that.
    schedule : {"cosine", "constant"}
        Of the learning rate.
    clip : float
        Elements of the gradient are clipped to ± this.
    frames : int
        Of a query the first so many frames are matched, of a gallery tracklet the last so many.
    shifts : int
        Crops of a tested sequence, 1 to 8, each also mirrored: 8 make the published 16 distances that are summed.
    quirk, encoded : bool
        See `resight.features.colour_motion.ColourMotion`.
    cache_gb : float
        Memory for the training frames, and for what is kept of matched tracklets.
    """

    later: ClassVar[frozenset[str]] = frozenset({"frames", "shifts"})

    iterations: int = Field(1200, ge=0)
    epochs: int = Field(0, ge=0)
    pairs: int = Field(8, ge=1)
    length: int = Field(16, ge=1)
    margin: float = Field(2.0, gt=0)
    form: Form = "code"
    features: int = Field(128, ge=1)
    dropout: float = Field(0.6, ge=0, lt=1)
    solver: Literal["adam", "sgd"] = "adam"
    lr: float = Field(1e-3, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    dampening: float = Field(0.9, ge=0, le=1)
    schedule: Literal["cosine", "constant"] = "cosine"
    clip: float = Field(5.0, gt=0)
    frames: int = Field(128, ge=1)
    shifts: int = Field(SHIFTS, ge=1, le=SHIFTS)
    quirk: bool = False
    encoded: bool = False
    cache_gb: float = Field(2.0, ge=0)

    @property
    def maker(self) -> ColourMotion:
        """How frames become channels."""
        return ColourMotion(quirk=self.quirk, encoded=self.encoded)

    def steps(self, round_of_pairs: int) -> int:
        """Return the steps in all, where an epoch has `round_of_pairs` pairs."""
        return -(-self.epochs * round_of_pairs // self.pairs) if self.epochs else self.iterations

    def optimiser(self, parameters: list[nn.Parameter]) -> Optimizer:
        """Make the optimiser of a network's parameters."""
        if self.solver == "adam":
            return torch.optim.Adam(parameters, lr=self.lr)
        return torch.optim.SGD(parameters, lr=self.lr, momentum=self.momentum, dampening=self.dampening)

    def factor(self, steps: int) -> Callable[[int], float]:
        """Return what the learning rate is multiplied by at each of so many steps."""
        if self.schedule == "constant":
            return lambda step: 1.0
        return lambda step: 0.5 * (1 + math.cos(math.pi * min(1.0, step / max(1, steps))))


PUBLISHED: dict[str, Any] = {
    "epochs": 1000,
    "pairs": 1,
    "solver": "sgd",
    "lr": 1e-3,
    "schedule": "constant",
    "encoded": True,
}
"""The authors' schedule and stored flow."""


class SiameseMethod(Method):
    """A recurrent Siamese network as a method: a sub-class gives its networks."""

    Options = SiameseSettings
    matches_by = "own"
    version = 2  # impostors are of one data set

    @abstractmethod
    def new_network(self, num_classes: int) -> nn.Module:
        """Make the network at random, with a classifier of the training people; 0 leaves that out."""

    @property
    def attends(self) -> bool:
        """Whether a pair is matched by attention that it shares, where the network has it."""
        return False

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Train on pairs of sequences of `people`."""
        own = self.own
        cache = ChannelCache(people, own.maker, own.cache_gb)
        sampler = PairSampler(people, cache, own.length, seed)
        torch.manual_seed(seed)
        network = self._network(len(people.identities))
        write_text(folder / "network.json", json.dumps({"num_classes": len(people.identities)}))
        if not (folder / WEIGHTS).is_file():
            cache.fill(console)
        steps = own.steps(sampler.round)

        def loss(module: nn.Module, pairs: Pairs) -> Tensor:
            return pair_loss(module, pairs, own.margin, own.form)

        fit_network(
            network,
            lambda step: sampler.batch(step, own.pairs),
            loss,
            own.optimiser,
            own.factor(steps),
            steps,
            folder,
            seed,
            clip_value=own.clip,
            console=console,
        )

    def load(self, folder: Path) -> SiameseExtractor:
        """Make the extractor of the trained network."""
        own, path = self.own, folder / "network.json"
        try:
            classes = int(json.loads(path.read_text(encoding="utf-8"))["num_classes"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(f"{path}: does not say how many people the network was trained on") from error
        network = self._network(classes)
        read_weights(network, folder / WEIGHTS)
        return SiameseExtractor(self.name, network, own.maker, own.frames, own.shifts, self.attends, own.cache_gb)

    def _network(self, num_classes: int) -> nn.Module:
        """Make the network in the memory layout that halves a step's time on CPUs."""
        return self.new_network(num_classes).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    @property
    def own(self) -> SiameseSettings:
        """The settings, of their own class."""
        if not isinstance(self.settings, SiameseSettings):
            raise RecipeError(f"method {self.name} takes its own settings, not {type(self.settings).__name__}")
        return self.settings
