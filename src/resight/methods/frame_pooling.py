"""Frame features pooled by mean or by learned attention: two plain modern baselines, not of the paper."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from rich.console import Console
from torch import Tensor, nn

from resight.features.pooled import PooledFrames
from resight.files import write_text
from resight.methods.base import Method
from resight.methods.fitting import WEIGHTS, fit_network, read_weights
from resight.methods.frame_batches import FrameBatches
from resight.methods.ide import FrameSettings, read_config
from resight.models.frame_pooling import FramePooling, build_frame_pooling
from resight.tracklets import TrackletSet


class PoolingSettings(FrameSettings):
    """Settings of both poolings.

    Attributes
    ----------
    length : int
        Frames of a training clip: one from each of as many equal parts of the tracklet. All frames are pooled in use.
    label_smoothing : float
    units : int
        Hidden units of the attention.
    """

    iterations: int = Field(1500, ge=0)
    batch: int = Field(16, ge=1)
    lr: float = Field(0.02, gt=0)
    step_at: int = Field(600, ge=1)
    length: int = Field(8, ge=1)
    label_smoothing: float = Field(0.1, ge=0, lt=1)
    units: int = Field(128, ge=1)


class FrameMean(Method):
    """Softmax on the mean of a clip's frame features; a tracklet is the mean over all its frames."""

    name = "frame-mean"
    summary = "a frame network, the mean of its features over the tracklet, identity softmax"
    source = "a modern baseline; Gao & Nevatia 2018 compare such poolings"
    Options = PoolingSettings
    pooling: ClassVar[Literal["mean", "attention"]] = "mean"

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Train trunk, pooling and classifier together on clips of `people`."""
        own = self._own
        batches = FrameBatches(people, own.preprocessing, own.augmentation, seed, own.cache_gb)
        torch.manual_seed(seed)
        trunk = own.caffenet(0).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        network = FramePooling(trunk, len(people.identities), self.pooling, own.units, own.dropout)
        write_text(folder / "network.json", json.dumps(network.config))
        if not (folder / WEIGHTS).is_file():
            batches.fill(console)

        def loss(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
            clips, labels = batch
            logits = module(own.preprocessing.normalise(clips))
            return F.cross_entropy(logits, labels, label_smoothing=own.label_smoothing)

        fit_network(
            network,
            lambda step: batches.clips(step, own.batch, own.length),
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
        network = build_frame_pooling(read_config(folder))
        read_weights(network, folder / WEIGHTS)
        return PooledFrames(self.name, network, self._own.preprocessing, network.pool, self.pooling)

    @property
    def _own(self) -> PoolingSettings:
        assert isinstance(self.settings, PoolingSettings)
        return self.settings


class FrameAttention(FrameMean):
    """Softmax on an attention-weighted mean of frame features; a tracklet's weights are over all its frames."""

    name = "frame-attention"
    summary = "a frame network, its features weighted by learned attention over the tracklet, identity softmax"
    pooling = "attention"
