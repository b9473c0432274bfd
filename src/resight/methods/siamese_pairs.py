"""Training pairs of a recurrent Siamese network: each follows from the seed and its number (METHODS §5)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from resight.errors import DataError
from resight.features.colour_motion import ChannelCache, Channels
from resight.models.rcn import CROP
from resight.tracklets import TrackletSet

SHIFTS = 8
"""Crops begin 1 to 8 pixels from the upper left corner, in both directions."""


def crop(channels: Channels, down: int, right: int, mirrored: bool) -> Channels:
    """Cut the networks' 56×40 out of channels ``(T, C, 64, 48)``; mirrored flow keeps its sign, as the authors' did."""
    height, width = CROP
    part = channels[..., down : down + height, right : right + width]
    return part[..., ::-1] if mirrored else part


class PairSampler:
    """Draws pairs: in turn two people of one data set and one person, the latter from two cameras.

    Every person comes once in a round of N such, in an order of the round's own. A person seen by one camera alone is
    paired with another of that camera's tracklets; one with a single tracklet comes only among two people.

    Parameters
    ----------
    tracklets : TrackletSet
        Training people.
    cache : ChannelCache
        Of these tracklets.
    length : int
        Frames of a sequence. A shorter tracklet is repeated from its beginning rather than passed over.
    seed : int

    Raises
    ------
    DataError
        Where there are fewer than two people, or nobody has two tracklets.
    """

    def __init__(self, tracklets: TrackletSet, cache: ChannelCache, length: int, seed: int) -> None:
        self.cache, self.length, self.seed = cache, length, seed
        self.labels, self.views = tracklets.labels(), tracklets.views()
        self.lengths = np.array([len(t) for t in tracklets])
        domains = tracklets.domains()
        self._own = [np.flatnonzero(self.labels == label) for label in range(int(self.labels.max(initial=-1)) + 1)]
        sets = np.array([domains[own[0]] for own in self._own])
        rivals = [np.flatnonzero(sets == number) for number in range(int(domains.max(initial=-1)) + 1)]
        self._rivals = [people for people in rivals if len(people) > 1]
        self.paired = [label for label, own in enumerate(self._own) if len(own) > 1]
        if not self._rivals or not self.paired:
            raise DataError("training on pairs needs two people of one data set, and somebody with two tracklets")

    @property
    def round(self) -> int:
        """Pairs in an epoch: each person once, and as many pairs of two people."""
        return 2 * len(self.paired)

    def choose(self, number: int) -> tuple[int, int]:
        """Return the two tracklets of a pair: of two people at even numbers, of one person at odd ones."""
        rng = np.random.default_rng([self.seed, 11, number])
        if number % 2 == 0:
            return self._two_people(rng)
        turn, place = divmod(number // 2, len(self.paired))
        order = np.random.default_rng([self.seed, 12, turn]).permutation(len(self.paired))
        return self._one_person(self._own[self.paired[int(order[place])]], rng)

    def _two_people(self, rng: np.random.Generator) -> tuple[int, int]:
        chosen, sizes = [], np.array([len(people) for people in self._rivals])
        drawn = int(rng.choice(len(sizes), p=sizes / sizes.sum())) if len(sizes) > 1 else 0
        for label in rng.choice(self._rivals[drawn], 2, replace=False):
            own = self._own[int(label)]
            view = rng.choice(np.unique(self.views[own]))
            chosen.append(int(rng.choice(own[self.views[own] == view])))
        return chosen[0], chosen[1]

    def _one_person(self, own: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
        views = np.unique(self.views[own])
        if len(views) == 1:
            first, second = rng.choice(own, 2, replace=False)
        else:
            one, other = np.sort(rng.choice(views, 2, replace=False))
            first, second = (rng.choice(own[self.views[own] == view]) for view in (one, other))
        return int(first), int(second)

    def sequence(self, index: int, rng: np.random.Generator) -> Channels:
        """Return `length` consecutive frames of a tracklet from a random one, cropped and mirrored by chance."""
        start = int(rng.integers(max(1, self.lengths[index] - self.length + 1)))
        down, right = rng.integers(1, SHIFTS + 1, 2)
        return crop(self.cache.read(index, start, self.length), int(down), int(right), bool(rng.random() < 0.5))

    def batch(self, step: int, pairs: int) -> tuple[Tensor, Tensor]:
        """Make pairs ``step · pairs`` to ``(step + 1) · pairs - 1``: the same ones whatever `pairs` is.

        Returns
        -------
        float16 ``(P, 2, T, 5, 56, 40)``, int64 ``(P, 2)``
            Sequences and labels.
        """
        sequences, labels = [], []
        for number in range(step * pairs, (step + 1) * pairs):
            chosen = self.choose(number)
            rng = np.random.default_rng([self.seed, 13, number])
            sequences.append(np.stack([self.sequence(index, rng) for index in chosen]))
            labels.append(self.labels[list(chosen)])
        return torch.from_numpy(np.stack(sequences)), torch.from_numpy(np.stack(labels))
