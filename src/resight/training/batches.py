"""Endless training batches whose content depends on (seed, step) alone.

A step's batch is drawn from the seed and the step's number, not from a state that runs along. So a run that is killed
and resumed at step k sees from there on exactly what it would have seen, with any number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import lightning as L
import numpy as np
import torch
from rich.console import Console
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from resight.clips import Augmentation, Preprocessing, Sampling
from resight.device import readers
from resight.errors import DataError, RecipeError
from resight.frames import Frames
from resight.progress import Progress
from resight.tracklets import Tracklet, TrackletSet
from resight.training.processes import hush
from resight.training.recipe import Batches, Training

ClipRef = tuple[int, int]
"""A clip: index of its tracklet and first frame."""


class FrameCache:
    """Frames of all tracklets at the canvas size, read once and shared by forked workers, while they fit."""

    def __init__(self, tracklets: TrackletSet, preprocessing: Preprocessing, limit_gb: float) -> None:
        self.tracklets, self.preprocessing = tracklets, preprocessing
        self._kept: dict[int, Frames] = {}
        height, width = preprocessing.canvas
        frames = sum(len(t) for t in tracklets)
        self.fits = frames * height * width * 3 <= limit_gb * 2**30

    def fill(self, console: Console | None = None) -> None:
        """Read every frame now, if all fit; threads decode or draw."""
        if not self.fits:
            return
        with ThreadPoolExecutor(readers()) as pool, Progress(console, "tracklets read") as progress:
            for index, frames in enumerate(pool.map(self._whole, self.tracklets)):
                self._kept[index] = frames
                progress.tell(index + 1, len(self.tracklets))

    def _whole(self, tracklet: Tracklet) -> Frames:
        return self.preprocessing.resize_frames(tracklet.load())

    def read(self, index: int, frames: np.ndarray) -> Frames:
        """Return frames of a tracklet at the canvas size."""
        if index in self._kept:
            kept: Frames = self._kept[index][frames]
            return kept
        unique, inverse = np.unique(frames, return_inverse=True)
        read: Frames = self.preprocessing.resize_frames(self.tracklets[index].load(unique.tolist()))[inverse]
        return read


@dataclass
class ClipStream(IterableDataset[tuple[torch.Tensor, torch.Tensor]]):
    """Batches ``(clips uint8 (B, T, H, W, 3), labels int64 (B,))`` for steps `first` to `last` - 1.

    Of several devices each takes one of `shares` equal parts of every batch, whole people where it is drawn by person,
    and of the memory for frames.
    """

    tracklets: TrackletSet
    sampling: Sampling
    preprocessing: Preprocessing
    augmentation: Augmentation
    batches: Batches
    seed: int
    first: int
    last: int
    share: int = 0
    shares: int = 1

    def __post_init__(self) -> None:
        self.cache = FrameCache(self.tracklets, self.preprocessing, self.batches.cache_gb / self.shares)
        self.labels = self.tracklets.labels()
        if len(self.tracklets) == 0 or self.labels.min() < 0:
            raise DataError("training needs tracklets of known people, and at least one")
        self.refs = np.array([(i, s) for i, t in enumerate(self.tracklets) for s in self.sampling.starts(len(t))])
        domains = np.array([t.domain for t in self.tracklets])[self.refs[:, 0]]
        self._by_domain = [np.flatnonzero(domains == d) for d in sorted(set(domains))]
        self._by_person = [np.flatnonzero(self.labels == label) for label in range(int(self.labels.max()) + 1)]

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        import cv2

        info = get_worker_info()
        offset, stride = (info.id, info.num_workers) if info else (0, 1)
        if info:
            cv2.setNumThreads(0)
        for step in range(self.first + offset, self.last, stride):
            yield self.batch(step)

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Make the batch of one step, or this device's share of it."""
        rng = np.random.default_rng([self.seed, 1, step])
        refs = self.draw(step, rng)
        if self.shares > 1:
            each = len(refs) // self.shares
            refs, rng = refs[self.share * each :][:each], rng.spawn(self.shares)[self.share]
        clips = np.stack([self._clip(index, start, rng) for index, start in refs])
        labels = self.labels[[index for index, _ in refs]]
        return torch.from_numpy(clips), torch.from_numpy(labels)

    def draw(self, step: int, rng: np.random.Generator) -> list[ClipRef]:
        """Choose the clips of one step, by the rule of the recipe."""
        if self.batches.sampling == "person":
            return self._draw_people(step, rng)
        if self.batches.sampling == "domain":
            chosen = [rng.choice(self._by_domain[rng.integers(len(self._by_domain))]) for _ in range(self.batches.size)]
        else:
            chosen = [self._in_turn(step * self.batches.size + i, len(self.refs)) for i in range(self.batches.size)]
        return [(int(self.refs[c, 0]), int(self.refs[c, 1])) for c in chosen]

    def _draw_people(self, step: int, rng: np.random.Generator) -> list[ClipRef]:
        """Take people in turn; of each as many tracklets as wanted, new ones while there are any."""
        each = self.batches.clips_per_person
        people = max(1, self.batches.size // each)
        refs: list[ClipRef] = []
        for i in range(people):
            own = self._by_person[self._in_turn(step * people + i, len(self._by_person))]
            rounds = [rng.permutation(own) for _ in range(-(-each // len(own)))]
            for index in np.concatenate(rounds)[:each]:
                starts = max(1, len(self.tracklets[int(index)]) - self.sampling.span + 1)
                refs.append((int(index), int(rng.integers(starts))))
        return refs

    def _in_turn(self, position: int, count: int) -> int:
        """Return the item at a position of the endless sequence of shuffled rounds over `count` items."""
        turn, place = divmod(position, count)
        if getattr(self, "_turn", None) != (turn, count):
            self._turn = (turn, count)
            self._order = np.random.default_rng([self.seed, 2, turn]).permutation(count)
        return int(self._order[place])

    def _clip(self, index: int, start: int, rng: np.random.Generator) -> Frames:
        frames = self.cache.read(index, self.sampling.frames(len(self.tracklets[index]), start))
        return self.augmentation(frames, self.preprocessing, rng)

    def loader(self, console: Console | None = None) -> DataLoader[tuple[torch.Tensor, torch.Tensor]]:
        """Wrap the stream in a loader with the recipe's workers; frames that fit into memory are read first."""
        self.cache.fill(console)
        workers = self.batches.workers
        return DataLoader(self, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None)


class Clips(L.LightningDataModule):
    """Gives each device of a training its share of the stream, with frames of its own."""

    def __init__(self, stream: ClipStream, console: Console | None = None) -> None:
        super().__init__()
        self.stream, self.console = stream, console

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Arrive in the process of a device, and keep Lightning silent there too."""
        hush()
        self.__dict__.update(state)

    def train_dataloader(self) -> DataLoader[tuple[torch.Tensor, torch.Tensor]]:
        """Return the loader of this process; the first alone tells how many tracklets are read."""
        assert self.trainer is not None
        own = replace(self.stream, share=self.trainer.global_rank, shares=self.trainer.world_size)
        return own.loader(self.console if self.trainer.is_global_zero else None)


def refuse_uneven(training: Training, devices: int) -> None:
    """Raise `RecipeError` where so many devices cannot share a batch evenly; by person, each takes whole people."""
    batches, people = training.batches, training.batches.sampling == "person"
    count, what = (max(1, batches.size // batches.clips_per_person), "people") if people else (batches.size, "clips")
    if count % devices:
        raise RecipeError(f"{devices} devices cannot share batches of {count} {what} evenly; see training.batches.size")
    if people and training.loss.triplet and count == devices > 1:
        raise RecipeError(
            f"{devices} devices would have one person each of a batch, and no triplets; raise training.batches.size"
        )
