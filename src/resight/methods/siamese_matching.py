"""Tracklets matched by a recurrent Siamese network: 16 distances of shifted and mirrored crops, summed (METHODS §5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from resight.errors import DataError, ResightError
from resight.features.clips import digest_weights
from resight.features.colour_motion import Channels, ColourMotion
from resight.features.extract import Matrix
from resight.methods.base import Distances
from resight.methods.fitting import Stream
from resight.methods.siamese_loss import Siamese
from resight.methods.siamese_pairs import crop
from resight.models.counting import learned_numbers
from resight.tracklets import Tracklet, TrackletSet

End = Literal["first", "last"]
"""Which frames of a longer tracklet are taken: the first of a query, the last of a gallery tracklet."""
Key = tuple[str, str, str, End]
AT_ONCE = 2**22
"""Pairs of steps whose likeness is computed at once."""


@dataclass
class SiameseExtractor:
    """Describes and matches tracklets with a trained network.

    A tracklet is computed alone, so that nothing depends on what else is in its set.

    Attributes
    ----------
    name : str
        The method's name in results.
    network : nn.Module
        A `Siamese`.
    maker : ColourMotion
        As it was trained.
    frames : int
        Of a query the first so many frames are matched, of a gallery tracklet the last so many.
    shifts : int
        Crops, each also mirrored.
    attends : bool
        Match every pair by attention that it shares; else a tracklet attends to itself and has one vector for all.
    limit_gb : float
        Memory, GiB, for what is kept of matched tracklets.
    """

    name: str
    network: nn.Module
    maker: ColourMotion
    frames: int = 128
    shifts: int = 8
    attends: bool = False
    limit_gb: float = 2.0
    parameters: int = field(default=0, init=False)
    _digest: str = field(default="", init=False, repr=False)
    _kept: dict[Key, Tensor] = field(default_factory=dict, init=False, repr=False)
    _bytes: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.siamese: Siamese = self.network  # type: ignore[assignment]
        self.pairwise = self.attends and self.siamese.pairwise
        self.parameters = learned_numbers(self.network)
        self._digest = digest_weights(self.network)
        self.network.eval()

    def key(self) -> dict[str, Any]:
        """Return network, digest of the weights, input, frames and crops."""
        return {
            "network": type(self.network).__qualname__,
            "weights": self._digest,
            "input": self.maker.model_dump(mode="json"),
            "frames": self.frames,
            "shifts": self.shifts,
        }

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, D)``: the mean over the crops of a tracklet's first frames, L2-normalised.

        Where the network has attention, a tracklet attends to itself.
        """
        if len(tracklets) == 0:
            raise DataError("there are no tracklets to extract features from")
        with torch.inference_mode():
            rows = [self._vectors(found).mean(0) for found in self._all(tracklets, "first")]
            return np.asarray(nn.functional.normalize(torch.stack(rows), dim=1).numpy(), dtype=np.float32)

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> Distances:
        """Return the sum of the crops' distances, ``(n_query, n_gallery)``.

        Raises
        ------
        ResightError
            Where the gallery's steps, which attention needs, do not fit into memory.
        """
        if len(query) == 0 or len(gallery) == 0:
            raise DataError("there are no tracklets to match")
        with torch.inference_mode():
            if self.pairwise:
                return self._attend(query, gallery)
            known = torch.stack([self._vectors(found) for found in self._all(gallery, "last")])
            rows = [self._compare(self._vectors(found), known) for found in self._all(query, "first")]
            return torch.stack(rows).numpy()

    def _attend(self, query: TrackletSet, gallery: TrackletSet) -> Distances:
        check_memory(gallery, self.frames, self.shifts, self.siamese.config["features"], self.limit_gb)
        by_length: dict[int, tuple[list[int], list[Tensor]]] = {}
        for index, steps in enumerate(self._all(gallery, "last")):
            indices, found = by_length.setdefault(steps.shape[1], ([], []))
            indices.append(index)
            found.append(steps)
        groups = [(indices, torch.stack(found)) for indices, found in by_length.values()]
        distances = np.empty((len(query), len(gallery)))
        for row, steps in enumerate(self._all(query, "first")):
            for indices, known in groups:
                size = max(1, AT_ONCE // (steps.shape[0] * steps.shape[1] * known.shape[2]))
                parts = [self._attend_to(steps, known[i : i + size]) for i in range(0, len(known), size)]
                distances[row, indices] = torch.cat(parts).numpy()
        return distances

    def _attend_to(self, steps: Tensor, known: Tensor) -> Tensor:
        """Return the distances ``(n,)`` of a query's steps ``(A, T, D)`` to those of n tracklets ``(n, A, S, D)``."""
        first, second = self.siamese.pool(steps.repeat(len(known), 1, 1), known.flatten(0, 1))
        return self._sum(self.siamese.distances(first.double(), second.double())).reshape(known.shape[:2]).sum(1)

    def _compare(self, vectors: Tensor, known: Tensor) -> Tensor:
        """Return the distances ``(n,)`` of a query's vectors ``(A, D)`` to those of n tracklets ``(n, A, D)``."""
        return self._sum(self.siamese.distances(vectors.double()[None], known.double())).sum(1)

    def _sum(self, distances: Tensor) -> Tensor:
        """Add up the streams, by weight."""
        return (distances * torch.tensor(self.siamese.weights, dtype=distances.dtype)).sum(-1)

    def _vectors(self, found: Tensor) -> Tensor:
        """Return a tracklet's vectors ``(A, D)``, where steps ``(A, T, D)`` were kept by attention to itself."""
        return self.siamese.pool(found, found)[0] if found.ndim == 3 else found

    def _all(self, tracklets: TrackletSet, end: End) -> Iterator[Tensor]:
        """Describe each tracklet, float32 ``(A, T, D)`` for attention, else ``(A, D)``; the next is read meanwhile."""

        def read(index: int) -> tuple[Key, Channels | None]:
            tracklet = tracklets[index]
            whole = len(tracklet) <= self.frames
            key: Key = (tracklet.domain, tracklet.key, tracklet.frames.fingerprint(), "first" if whole else end)
            return key, None if key in self._kept else self._channels(tracklet, end)

        for key, channels in Stream(read, 0, len(tracklets)):
            found = self._kept.get(key) if channels is None else self._describe(channels)
            assert found is not None
            if channels is not None and self._bytes + found.nbytes <= self.limit_gb * 2**30:
                self._kept[key] = found
                self._bytes += found.nbytes
            yield found

    def _channels(self, tracklet: Tracklet, end: End) -> Channels:
        count = len(tracklet)
        if end == "first":
            return self.maker.read(tracklet, 0, min(count, self.frames))
        return self.maker.read(tracklet, max(0, count - self.frames), count)

    def _describe(self, channels: Channels) -> Tensor:
        """Run the network over every crop of a tracklet's channels ``(T, C, 64, 48)``, one after the other."""
        found = []
        for shift in range(1, self.shifts + 1):
            for mirrored in (False, True):
                part = np.ascontiguousarray(crop(channels, shift, shift, mirrored))
                steps = self.siamese.steps(torch.from_numpy(part)[None])
                found.append(steps[0] if self.pairwise else self.siamese.pool(steps, steps)[0][0])
        return torch.stack(found)


def check_memory(gallery: TrackletSet, frames: int, shifts: int, features: int, limit_gb: float) -> None:
    """Raise `ResightError` where the steps of a gallery, which attention needs, do not fit into memory."""
    steps = sum(min(len(t), frames) for t in gallery)
    needed = steps * 2 * shifts * features * 4 / 2**30
    if needed > limit_gb:
        raise ResightError(
            f"matching {len(gallery):,} tracklets by attention keeps {needed:.3g} GiB, more than cache_gb "
            f"({limit_gb:g}): raise it, lower frames or shifts, or set matching to self"
        )
