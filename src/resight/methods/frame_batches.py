"""Training batches of frames, alone or spread over a tracklet; a step's draw follows from the seed and the step."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor

from resight.clips import Augmentation, Preprocessing
from resight.tracklets import TrackletSet
from resight.training.batches import FrameCache


class FrameBatches:
    """Draws augmented frames of people.

    Parameters
    ----------
    people : TrackletSet
        Training people, no distractors.
    preprocessing, augmentation
    seed : int
    cache_gb : float
        Frames are kept in memory where they fit into this; else they are read whenever they are drawn.
    """

    def __init__(
        self,
        people: TrackletSet,
        preprocessing: Preprocessing,
        augmentation: Augmentation,
        seed: int,
        cache_gb: float,
    ) -> None:
        self.people, self.preprocessing, self.augmentation, self.seed = people, preprocessing, augmentation, seed
        self.labels = people.labels()
        self.lengths = np.array([len(t) for t in people])
        self.cache = FrameCache(people, preprocessing, cache_gb)
        self._owner = np.repeat(np.arange(len(people)), self.lengths)
        self._frame = np.arange(self.lengths.sum()) - np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)

    @property
    def total(self) -> int:
        """Frames of all people."""
        return len(self._owner)

    def fill(self, console: Console | None) -> None:
        """Read all frames now, if they fit."""
        self.cache.fill(console)

    def frames(self, step: int, size: int) -> tuple[Tensor, Tensor]:
        """Draw single frames, all of them once before any comes again.

        Returns
        -------
        uint8 ``(size, H, W, 3)``, int64 ``(size,)``
            Frames and the people's labels.
        """
        drawn = in_turn(self.seed, step, size, self.total)
        rng = np.random.default_rng([self.seed, 3, step])
        owners, places = self._owner[drawn], self._frame[drawn]
        found = [self._augmented(int(owner), [int(place)], rng)[0] for owner, place in zip(owners, places, strict=True)]
        return torch.from_numpy(np.stack(found)), torch.from_numpy(self.labels[owners])

    def clips(self, step: int, size: int, length: int) -> tuple[Tensor, Tensor]:
        """Draw tracklets, all of them once before any comes again, and of each one frame from each of `length` parts.

        Returns
        -------
        uint8 ``(size, length, H, W, 3)``, int64 ``(size,)``
            Frames in order, augmented alike within a clip, and the people's labels.
        """
        rng = np.random.default_rng([self.seed, 3, step])
        owners = in_turn(self.seed, step, size, len(self.people))
        found = []
        for owner in owners:
            places = np.floor((np.arange(length) + rng.random(length)) * self.lengths[owner] / length).astype(np.int64)
            found.append(self._augmented(int(owner), places.tolist(), rng))
        return torch.from_numpy(np.stack(found)), torch.from_numpy(self.labels[owners])

    def _augmented(self, owner: int, places: list[int], rng: np.random.Generator) -> NDArray[np.uint8]:
        frames = self.cache.read(owner, np.array(places, dtype=np.int64))
        return self.augmentation(frames, self.preprocessing, rng)


def in_turn(seed: int, step: int, size: int, count: int) -> NDArray[np.int64]:
    """Return the `size` items of a step in an endless sequence of shuffled rounds over `count` items."""
    turns, places = np.divmod(np.arange(step * size, (step + 1) * size), count)
    found = np.empty(size, dtype=np.int64)
    for turn in np.unique(turns):
        order = np.random.default_rng([seed, 4, int(turn)]).permutation(count)
        found[turns == turn] = order[places[turns == turn]]
    return found
