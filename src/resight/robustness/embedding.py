"""What an attack needs of a method: its feature and its distance as functions that can be differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from resight.errors import InputError
from resight.features.clips import ClipExtractor
from resight.metrics import Cosine, Euclidean
from resight.tracklets import Tracklet

Distance = Callable[[Tensor, Tensor], Tensor]
"""A feature ``(D,)`` and others ``(n, D)`` → distances ``(n,)``."""


class Embedding:
    """A tracklet's frames as variables, and the feature that a clip network makes of them.

    The frames are those that a network sees, resized to its canvas and before the crop and the mean, float32 RGB in
    [0, 1] (METHODS §14). A frame that stands in several clips is one variable. The feature is that of
    `ClipExtractor.extract`, in fp32, dropout off and the statistics of normalisation held.

    Parameters
    ----------
    extractor : ClipExtractor
    tracklet : Tracklet

    Attributes
    ----------
    frames : float32 ``(n, H, W, 3)``
        The clean frames that are in any clip.
    """

    def __init__(self, extractor: ClipExtractor, tracklet: Tracklet) -> None:
        self.extractor = extractor
        wanted = extractor.sampling.clips(max(1, len(tracklet)))
        used = np.unique(wanted)
        self._rows = torch.from_numpy(np.searchsorted(used, wanted))
        self._device = next((p.device for p in extractor.network.parameters()), torch.device("cpu"))
        frames = extractor.preprocessing.resize_frames(tracklet.load(used.tolist()))
        self.frames = torch.from_numpy(frames).to(self._device).float() / 255

    def __call__(self, frames: Tensor) -> Tensor:
        """Return the feature ``(D,)`` of frames ``(n, H, W, 3)`` in [0, 1].

        Clips go through the network a batch at a time; where they are more than one, inner values are computed again on
        the way back, so that memory does not grow with the tracklet.
        """
        batches = [frames[rows.to(frames.device)] for rows in torch.split(self._rows, self.extractor.batch)]
        if len(batches) == 1:
            parts = [self._blocks(batches[0])]
        else:
            parts = [checkpoint(self._blocks, clips, use_reentrant=False) for clips in batches]
        rows = [torch.cat(list(blocks)) for blocks in zip(*parts, strict=True)]
        pooled = [block.mean(0) if self.extractor.pool == "mean" else block.amax(0) for block in rows]
        if not self.extractor.normalise:
            return torch.cat(pooled)
        units = [nn.functional.normalize(block, dim=0) for block in pooled]
        return nn.functional.normalize(torch.cat(units), dim=0)

    def _blocks(self, clips: Tensor) -> list[Tensor]:
        """Return the blocks of features of clips ``(B, T, H, W, 3)`` in [0, 1]."""
        preprocessing, network = self.extractor.preprocessing, self.extractor.network
        top, left = (margin // 2 for margin in preprocessing.margins)
        height, width = preprocessing.size
        inputs = preprocessing.normalise(255 * clips[..., top : top + height, left : left + width, :])
        was_training = network.training
        network.eval()  # here, since the way back comes here again
        try:
            return [block.float() for block in self.extractor.respond(inputs)]
        finally:
            network.train(was_training)


def differentiable(metric: Any) -> Distance:
    """Return the distance of a fitted metric, to be differentiated.

    Parameters
    ----------
    metric : Euclidean, Cosine or a metric of the form (x - z)ᵀ W M Wᵀ (x - z)
        The last has `components_` ``(d, r)`` and perhaps `metric_` ``(r, r)``, as XQDA.

    Raises
    ------
    InputError
        Where the metric has another form.
    """
    if isinstance(metric, Cosine):
        return lambda x, others: 1 - nn.functional.normalize(others, dim=1) @ nn.functional.normalize(x, dim=0)
    if isinstance(metric, Euclidean):
        if not metric.normalize:
            return lambda x, others: (others - x).square().sum(1)
        return lambda x, others: (
            (nn.functional.normalize(others, dim=1) - nn.functional.normalize(x, dim=0)).square().sum(1)
        )
    if not hasattr(metric, "components_"):
        raise InputError(f"{type(metric).__name__} has no components_, so its distance cannot be differentiated")
    components = torch.from_numpy(np.asarray(metric.components_, np.float64)).float()
    inner = torch.from_numpy(np.asarray(getattr(metric, "metric_", np.eye(components.shape[1])), np.float64)).float()

    def distance(x: Tensor, others: Tensor) -> Tensor:
        apart = (others - x) @ components.to(x.device)
        return ((apart @ inner.to(x.device)) * apart).sum(1)

    return distance
