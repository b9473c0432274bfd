"""Batch normalisation by camera: what a camera does to the responses of every clip is taken off within the network.

After Zhuang et al., "Rethinking the Distribution Gap of Person Re-identification with Camera-based Batch
Normalization" (ECCV 2020), who train so too; here the statistics are measured once the network is trained.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from resight.errors import InputError
from resight.features.clips import ClipExtractor
from resight.features.extract import Extractor, Matrix
from resight.features.store import row_names
from resight.tracklets import TrackletSet

BATCH = 32
"""Clips that a normalisation sees at a time while it is measured."""
View = tuple[str, int]
Statistics = list[tuple[Tensor, Tensor]]
"""Mean and variance of every normalisation of a network, in its order."""


def normalisations(network: nn.Module) -> list[nn.BatchNorm3d]:
    """Return the normalisations of a network's convolutions that keep statistics."""
    found = (module for module in network.modules() if isinstance(module, nn.BatchNorm3d))
    return [norm for norm in found if norm.running_mean is not None]


def by_camera(extractor: Extractor, people: TrackletSet) -> Extractor:
    """Return an extractor whose network normalises by camera; itself where it has nothing to normalise so.

    Parameters
    ----------
    extractor : Extractor
    people : TrackletSet
        Tracklets of training people, of every camera that will be extracted from.
    """
    if isinstance(extractor, ClipExtractor) and normalisations(extractor.network):
        return CameraExtractor(extractor, people)
    return extractor


@dataclass
class CameraExtractor:
    """A clip extractor whose convolutions are normalised by what each camera's training people give.

    Attributes
    ----------
    plain : ClipExtractor
        Its network has batch normalisation, and is left as it was found.
    people : TrackletSet
        Whose clips are measured, camera by camera; nothing else of them is used.
    """

    plain: ClipExtractor
    people: TrackletSet
    _measured: dict[View, Statistics] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        """The method's name in results."""
        return self.plain.name

    def key(self) -> dict[str, Any]:
        """Return the plain extractor's key, and a digest of the people."""
        people = hashlib.sha256("".join(row_names(self.people)).encode()).hexdigest()
        return self.plain.key() | {"normalised by the cameras of": people}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, D)``, each tracklet by the statistics of its camera.

        Raises
        ------
        InputError
            Where a camera has no training people.
        """
        views = _views(tracklets)
        found: dict[int, Matrix] = {}
        for view in dict.fromkeys(views):
            own = [i for i, other in enumerate(views) if other == view]
            with _normalised(self.plain.network, self._statistics(view)):
                found.update(zip(own, self.plain.extract(tracklets.select(own)), strict=True))
        return np.stack([found[i] for i in range(len(tracklets))]) if found else self.plain.extract(tracklets)

    def _statistics(self, view: View) -> Statistics:
        if view not in self._measured:
            own = [i for i, other in enumerate(_views(self.people)) if other == view]
            if not own:
                raise InputError(f"no training person was seen by camera {view[1]} of {view[0]}")
            mixed = np.random.default_rng(0).permutation(own)
            self._measured[view] = measure(self.plain, self.people.select(mixed.tolist()))
        return self._measured[view]


def measure(extractor: ClipExtractor, tracklets: TrackletSet) -> Statistics:
    """Return mean and variance of what each normalisation is given, with those before it done batch by batch."""
    norms = normalisations(extractor.network)
    single = replace(extractor, mirror=False, batch=max(BATCH, extractor.batch))
    totals = [torch.zeros(3, norm.num_features, dtype=torch.float64) for norm in norms]
    was_training = extractor.network.training
    extractor.network.eval()
    with _normalised(single.network, _statistics_of(norms)), torch.no_grad(), ExitStack() as stack:
        for norm, total in zip(norms, totals, strict=True):
            stack.callback(norm.register_forward_pre_hook(partial(_meter, total)).remove)
        for _, clips in single.batches(tracklets):
            single.forward(clips)
    extractor.network.train(was_training)
    moments = [(mean / seen, square / seen) for seen, mean, square in totals]
    return [(mean.float(), (square - mean**2).float()) for mean, square in moments]


def _meter(total: Tensor, norm: nn.BatchNorm3d, inputs: tuple[Tensor]) -> None:
    """Add up number, mean and mean square of a batch ``(B, C, T, H, W)``, and have it normalised by itself."""
    variance, mean = torch.var_mean(inputs[0].float(), (0, 2, 3, 4), correction=0)
    _set([norm], [(mean, variance)])
    total += len(inputs[0]) * torch.stack([torch.ones_like(mean), mean, variance + mean**2]).double().cpu()


@contextmanager
def _normalised(network: nn.Module, statistics: Statistics) -> Iterator[None]:
    """Lend a network statistics; it has its own again afterwards."""
    norms = normalisations(network)
    own = _statistics_of(norms)
    _set(norms, statistics)
    try:
        yield
    finally:
        _set(norms, own)


def _statistics_of(norms: list[nn.BatchNorm3d]) -> Statistics:
    return [(_tensor(norm.running_mean).clone(), _tensor(norm.running_var).clone()) for norm in norms]


def _set(norms: list[nn.BatchNorm3d], statistics: Statistics) -> None:
    for norm, (mean, variance) in zip(norms, statistics, strict=True):
        _tensor(norm.running_mean).copy_(mean)
        _tensor(norm.running_var).copy_(variance)


def _tensor(values: Tensor | None) -> Tensor:
    assert values is not None  # by `normalisations`
    return values


def _views(tracklets: TrackletSet) -> list[View]:
    return [(t.domain, t.camera) for t in tracklets]


__all__ = ["CameraExtractor", "by_camera", "measure", "normalisations"]
