"""Features of a frame network: every frame on its own, pooled over the tracklet, L2-normalised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from resight.clips import Preprocessing
from resight.errors import DataError
from resight.features.clips import digest_weights
from resight.features.extract import Matrix
from resight.frames import Frames
from resight.models.counting import learned_numbers
from resight.tracklets import Tracklet, TrackletSet

Pool = Callable[[Tensor], Tensor]
"""Features of a tracklet's frames ``(T, D)`` → its own ``(D,)``."""

POOLS: dict[str, Pool] = {"max": lambda frames: frames.amax(0), "mean": lambda frames: frames.mean(0)}
"""Poolings that learn nothing: the largest value of every dimension, or the mean."""


@dataclass
class PooledFrames:
    """Runs a frame network over the frames of each tracklet.

    A tracklet is read and computed alone, so that its feature does not depend on what else is in the set.

    Attributes
    ----------
    name : str
        The method's name in results.
    network : nn.Module
        With ``features``: float frames ``(B, 3, H, W)`` → ``(B, D)``.
    preprocessing : Preprocessing
        As the network was trained.
    pool : callable
        Features of the frames ``(T, D)`` → ``(D,)``; one of `POOLS`, or learned.
    pooling : str
        The pool's name, for `key`.
    batch : int
        Frames at a time.
    """

    name: str
    network: nn.Module
    preprocessing: Preprocessing
    pool: Pool
    pooling: str
    batch: int = 64
    parameters: int = field(default=0, init=False)
    _digest: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        self._digest = digest_weights(self.network)
        self.parameters = learned_numbers(self.network)
        self.network.eval()

    def key(self) -> dict[str, Any]:
        """Return network, digest of the weights, preprocessing and pooling."""
        return {
            "network": type(self.network).__qualname__,
            "weights": self._digest,
            "preprocessing": self.preprocessing.model_dump(mode="json"),
            "pooling": self.pooling,
        }

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, D)``."""
        if len(tracklets) == 0:
            raise DataError("there are no tracklets to extract features from")
        with torch.inference_mode():
            rows = [self.pool(self._features(frames)) for frames in self._frames(tracklets)]
            return np.asarray(nn.functional.normalize(torch.stack(rows), dim=1).numpy(), dtype=np.float32)

    def _features(self, frames: Frames) -> Tensor:
        device = next((p.device for p in self.network.parameters()), torch.device("cpu"))
        features: Callable[[Tensor], Tensor] = self.network.features  # type: ignore[assignment]
        parts = [
            features(frame_input(torch.from_numpy(frames[start : start + self.batch]).to(device), self.preprocessing))
            for start in range(0, len(frames), self.batch)
        ]
        return torch.cat(parts).float().cpu()

    def _frames(self, tracklets: TrackletSet) -> Iterator[Frames]:
        """Read the next tracklet while the network works on the last one; no more than two are held."""
        with ThreadPoolExecutor(1) as thread:
            ahead = thread.submit(self._read, tracklets[0])
            for following in tracklets[1:]:
                frames, ahead = ahead.result(), thread.submit(self._read, following)
                yield frames
            yield ahead.result()

    def _read(self, tracklet: Tracklet) -> Frames:
        return np.ascontiguousarray(self.preprocessing.centre(tracklet.load()))


def frame_input(frames: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Turn uint8 RGB frames ``(B, H, W, 3)`` into a frame network's float32 ``(B, 3, H, W)``, channels last."""
    clips = preprocessing.normalise(frames[:, None])
    return clips[:, :, 0].contiguous(memory_format=torch.channels_last)
