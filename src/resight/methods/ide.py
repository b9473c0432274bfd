"""IDE (Zheng et al., ECCV 2016): CaffeNet trained to tell identities apart frame by frame (METHODS §8)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from rich.console import Console
from torch import Tensor, nn

from resight.clips import Augmentation, Preprocessing
from resight.features.pooled import POOLS, PooledFrames, frame_input
from resight.files import write_text
from resight.methods.base import Method
from resight.methods.fitting import WEIGHTS, fit_network, read_weights
from resight.methods.frame_batches import FrameBatches
from resight.methods.solver import Solver
from resight.models.caffenet import CaffeNet, build_caffenet
from resight.tracklets import TrackletSet

MEAN_BGR = (104.0, 117.0, 124.0)
"""CaffeNet's mean of blue, green, red, 0–255."""


class FrameSettings(Solver):
    """What methods on a frame CaffeNet share: the network, its input, and memory for frames.

    Attributes
    ----------
    width, input_size, features, norm, dropout
        Of `resight.models.caffenet.CaffeNet`.
    augmentation : Augmentation
        The paper's: mirror images, frames resized straight to the input.
    margin : float
        Frames are resized larger than the input by this share before a crop; 0 leaves nothing to crop.
    cache_gb : float
        Memory for the frames; where they do not fit they are read whenever they are drawn.
    """

    width: float = Field(0.5, gt=0)
    input_size: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = (128, 64)
    features: int = Field(512, ge=1)
    norm: Literal["lrn", "batch"] = "batch"
    dropout: float = Field(0.5, ge=0, lt=1)
    augmentation: Augmentation = Augmentation(crop=False, mirror=0.5)
    margin: float = Field(0.0, ge=0, lt=1)
    cache_gb: float = Field(3.0, ge=0)

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.norm == "batch" and self.batch < 2:
            raise ValueError("batch normalisation needs a batch of 2 or more")
        return self

    @property
    def preprocessing(self) -> Preprocessing:
        """The input: blue, green, red, less CaffeNet's mean; scaled where batch normalisation follows."""
        height, width = self.input_size
        larger = (round(height * (1 + self.margin)), round(width * (1 + self.margin))) if self.margin else None
        scale = 1.0 if self.norm == "lrn" else 58.0
        return Preprocessing(size=self.input_size, resize=larger, mean=MEAN_BGR, std=(scale,) * 3)

    def caffenet(self, num_classes: int) -> CaffeNet:
        """Make the network, its weights from torch's generator."""
        return CaffeNet(num_classes, self.width, self.input_size, self.features, self.norm, dropout=self.dropout)


class IDESettings(FrameSettings):
    """IDE's settings.

    Attributes
    ----------
    pool : {"max", "mean"}
        How a tracklet's frames are put together.
    least_epochs : int
        Where `iterations` go fewer times than this over all frames, the schedule is stretched until they do.
    """

    later: ClassVar[frozenset[str]] = frozenset({"pool"})

    iterations: int = Field(3000, ge=0)
    lr: float = Field(0.02, gt=0)
    step_at: int = Field(1200, ge=1)
    bias_rate: float = Field(2.0, gt=0)
    pool: Literal["max", "mean"] = "max"
    least_epochs: int = Field(0, ge=0)

    def stretched(self, frames: int) -> IDESettings:
        """Return the settings with a schedule that goes over `frames` frames often enough."""
        wanted = -(-self.least_epochs * frames // self.batch)
        if wanted <= self.iterations:
            return self
        step_at = max(1, round(self.step_at * wanted / max(1, self.iterations)))
        return self.model_copy(update={"iterations": wanted, "step_at": step_at})


class IDE(Method):
    """Identity softmax on single frames; a tracklet is the largest value of every fc7 unit over its frames."""

    name = "ide"
    summary = "CaffeNet on frames, identity softmax, largest responses over the tracklet"
    source = "Zheng et al., ECCV 2016 (METHODS §8)"
    matches_by = "xqda"
    Options = IDESettings

    @classmethod
    def published(cls) -> IDESettings:
        """CaffeNet at full width on 227×227 with 1,024 units, from random weights as on MARS."""
        return IDESettings(
            width=1.0,
            input_size=(227, 227),
            features=1024,
            norm="lrn",
            iterations=10_000,
            step_at=4_000,
            lr=0.001,
            least_epochs=20,
        )

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Train the network on all frames of `people`."""
        own = self._own
        batches = FrameBatches(people, own.preprocessing, own.augmentation, seed, own.cache_gb)
        own = own.stretched(batches.total)
        torch.manual_seed(seed)
        network = own.caffenet(len(people.identities)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        write_text(folder / "network.json", json.dumps(network.config))
        if not (folder / WEIGHTS).is_file():
            batches.fill(console)

        def loss(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
            frames, labels = batch
            return F.cross_entropy(module(frame_input(frames, own.preprocessing)), labels)

        fit_network(
            network,
            lambda step: batches.frames(step, own.batch),
            loss,
            own.optimiser,
            own.factor,
            own.iterations,
            folder,
            seed,
            console=console,
        )

    def load(self, folder: Path) -> PooledFrames:
        """Make the extractor of the trained network."""
        own = self._own
        network = build_caffenet(read_config(folder))
        read_weights(network, folder / WEIGHTS)
        return PooledFrames(self.name, network, own.preprocessing, POOLS[own.pool], own.pool)

    @property
    def _own(self) -> IDESettings:
        assert isinstance(self.settings, IDESettings)
        return self.settings


def read_config(folder: Path) -> dict[str, Any]:
    """Read the network's constructor arguments that `fit` left."""
    config: dict[str, Any] = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    return config
