"""RFA (Yan et al., ECCV 2016): frame descriptors aggregated by an LSTM, matched by RankSVM (METHODS §9)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from rich.console import Console
from torch import Tensor, nn

from resight.features.lbp_colour import DIMENSIONS
from resight.features.projection import Projection
from resight.files import write_text
from resight.methods.base import Method
from resight.methods.fitting import WEIGHTS, fit_network, read_weights
from resight.methods.frame_batches import in_turn
from resight.methods.ide import read_config
from resight.methods.rfa_descriptors import check_memory, describe_people, learn_projection, memory_needed, sequence
from resight.methods.rfa_matching import RFAExtractor, choose_ranking, comparisons_of
from resight.methods.solver import Solver
from resight.metrics import RankSVM
from resight.models.rfa import RecurrentAggregation
from resight.tracklets import TrackletSet

PROJECTION, RANKING = "projection.safetensors", "ranking.safetensors"


class RFASettings(Solver):
    """RFA's settings; the defaults are the light form, whose LSTM sees projected descriptors.

    Attributes
    ----------
    projection : {"random", "pca", "none"}
        Of the 58,950 dimensions, fitted on training frames; ``none`` is the published form.
    dimensions : int
        Kept by the projection.
    projection_frames : int
        Training frames, evenly spread, that the projection is fitted on.
    hidden, length : int
        Units of the LSTM and frames of a sequence: their product is the feature's size.
    dropout, clip_norm : float
    draws : int
        Random sequences of a tracklet in use, whose distances are averaged.
    matching : {"ranksvm", "cosine"}
        The method's own distance.
    ranksvm_c : tuple of float
        Weights that the RankSVM is tried with, on a third of the training people that it was not fitted on.
    memory_gb : float
        Training that would need more is refused before it begins.
    """

    iterations: int = Field(2000, ge=0)
    batch: int = Field(16, ge=1)
    lr: float = Field(0.05, gt=0)
    step_at: int = Field(1400, ge=1)
    projection: Literal["random", "pca", "none"] = "random"
    dimensions: int = Field(2048, ge=1)
    projection_frames: int = Field(2000, ge=2)
    hidden: int = Field(512, ge=1)
    length: int = Field(10, ge=1)
    dropout: float = Field(0.5, ge=0, lt=1)
    clip_norm: float = Field(5.0, gt=0)
    draws: int = Field(10, ge=1)
    matching: Literal["ranksvm", "cosine"] = "ranksvm"
    ranksvm_c: tuple[Annotated[float, Field(gt=0)], ...] = Field((0.1, 1.0, 10.0, 100.0), min_length=1)
    memory_gb: float = Field(8.0, gt=0)


class RFA(Method):
    """Identities at every step of an LSTM; a tracklet is the hidden states of random sequences of ten frames."""

    name = "rfa"
    summary = "LBP and colour patches into an LSTM, hidden states of ten frames, RankSVM"
    source = "Yan et al., ECCV 2016 (METHODS §9)"
    matches_by = "own"
    Options = RFASettings
    version = 2  # impostors are of one data set

    @classmethod
    def published(cls) -> RFASettings:
        """The LSTM on all 58,950 dimensions, 30,000 steps of eight sequences."""
        return RFASettings(projection="none", iterations=30_000, batch=8, lr=0.001, step_at=20_000, weight_decay=0.005)

    @property
    def learns_across_cameras(self) -> bool:
        """Whether it needs people who are seen by two cameras: the RankSVM does."""
        return self._own.matching == "ranksvm"

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Fit the projection, the LSTM and the RankSVM on `people`."""
        own = self._own
        size = DIMENSIONS if own.projection == "none" else own.dimensions
        samples = 0 if own.projection == "none" else own.projection_frames
        feature = own.hidden * own.length if own.matching == "ranksvm" else 0
        compared, states = comparisons_of(people) * feature, len(people) * own.draws * feature
        needed = memory_needed(people, size, own.hidden, samples, own.projection == "pca", compared, states)
        check_memory(own.memory_gb, needed)
        projection = None
        if own.projection != "none":
            projection = learn_projection(people, own.projection, size, samples, seed, folder / PROJECTION, console)
            size = len(projection.mean)
        torch.manual_seed(seed)
        network = RecurrentAggregation(size, own.hidden, len(people.identities), own.dropout)
        write_text(folder / "network.json", json.dumps(network.config))
        if not (folder / WEIGHTS).is_file():
            self._train(network, people, projection, folder, seed, console)
        if own.matching == "ranksvm":
            read_weights(network, folder / WEIGHTS)
            extractor = self._extractor(network, projection, None)
            described = extractor.sequences(people, console)
            ranking = choose_ranking(described, people, own.ranksvm_c, seed, console)
            ranking.save(folder / RANKING)

    def _train(
        self,
        network: RecurrentAggregation,
        people: TrackletSet,
        projection: Projection | None,
        folder: Path,
        seed: int,
        console: Console | None,
    ) -> None:
        own = self._own
        described = describe_people(people, projection, console)
        labels = people.labels()

        def batch(step: int) -> tuple[Tensor, Tensor]:
            drawn = in_turn(seed, step, own.batch, len(people))
            rng = np.random.default_rng([seed, 5, step])
            sequences = [described[i][sequence(len(described[i]), own.length, rng)] for i in drawn]
            return torch.from_numpy(np.stack(sequences).astype(np.float32)), torch.from_numpy(labels[drawn])

        fit_network(
            network,
            batch,
            step_loss,
            own.optimiser,
            own.factor,
            own.iterations,
            folder,
            seed,
            clip_norm=own.clip_norm,
            checkpoint_every=1000,
            console=console,
        )

    def load(self, folder: Path) -> RFAExtractor:
        """Make the extractor of the trained LSTM."""
        own = self._own
        network = RecurrentAggregation(**read_config(folder))
        read_weights(network, folder / WEIGHTS)
        projection = None if own.projection == "none" else Projection.load(folder / PROJECTION)
        ranking = RankSVM.load(folder / RANKING) if own.matching == "ranksvm" else None
        return self._extractor(network, projection, ranking)

    def _extractor(
        self, network: RecurrentAggregation, projection: Projection | None, ranking: RankSVM | None
    ) -> RFAExtractor:
        return RFAExtractor(self.name, network, projection, ranking, self._own.length, self._own.draws)

    @property
    def _own(self) -> RFASettings:
        assert isinstance(self.settings, RFASettings)
        return self.settings


def step_loss(network: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return the softmax loss of sequences ``(B, T, D)``, averaged over steps."""
    sequences, labels = batch
    logits = network(sequences)
    return F.cross_entropy(logits.flatten(0, 1), labels.repeat_interleave(logits.shape[1]))
