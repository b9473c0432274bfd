"""What a method is: settings, training on some people, and matching of others."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rich.console import Console

from resight.datasets.seen import seen_in
from resight.errors import DataError, RecipeError, WeightsError
from resight.features.extract import Extractor
from resight.files import write_text
from resight.metrics.pairs import true_pairs
from resight.tracklets import TrackletSet

RECORD = "method.json"
"""File that says what was trained in a folder: method, settings, seed, people."""
SPENT = "spent.json"
"""File that counts the seconds of a training over all its sessions."""
Distances = NDArray[np.float64]


class Settings(BaseModel):
    """A method's settings: frozen; an unknown key is an error, and so is a number that is infinite or NaN.

    The defaults suit two cores.

    `later` names those that training does not read, only what comes after it; `plumbing` those that change no result.
    """

    later: ClassVar[frozenset[str]] = frozenset()
    plumbing: ClassVar[frozenset[str]] = frozenset({"cache_gb", "memory_gb"})

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def learning(self) -> dict[str, Any]:
        """Return as plain data what the training depends on."""
        return self.model_dump(mode="json", exclude={*self.later, *self.plumbing})

    def after(self) -> dict[str, Any]:
        """Return as plain data what is read after the training alone."""
        return self.model_dump(mode="json", include=set(self.later))


@runtime_checkable
class Matcher(Extractor, Protocol):
    """An extractor that also matches as its paper does, where that is more than a distance between two vectors."""

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> Distances:
        """Return the published distance, ``(n_query, n_gallery)``; smaller is closer."""
        ...


class Method(ABC):
    """A way to re-identify that learns from people.

    A sub-class gives `name`, `summary` (one line), `source` (paper and section of METHODS), `Options` (its `Settings`),
    and the two halves `fit` and `load`. A trained method is an `Extractor`: one vector a tracklet, for any metric;
    where the paper matches in a way of its own, a `Matcher` too. `matches_by` is the metric of the paper: ``own`` for a
    `Matcher`, else one of `resight.metrics.METRICS`. A higher `version` makes stored experiments with it anew.

    Parameters
    ----------
    settings : Settings or None
        None takes the defaults.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    matches_by: ClassVar[str] = "euclidean"
    Options: ClassVar[type[Settings]] = Settings
    version: ClassVar[int] = 1

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or self.Options()

    @classmethod
    def published(cls) -> Settings:
        """Return the settings of the paper, whatever they cost; the defaults where they are the same."""
        return cls.Options()

    @property
    def learns_across_cameras(self) -> bool:
        """Whether it needs people who are seen by two cameras."""
        return False

    def refuse_matching(self, gallery: TrackletSet) -> None:
        """Raise `ResightError` where the method's own matching with a gallery would not fit the memory; reads nothing.

        Asked before the training, so that nobody trains for an hour first.
        """
        del gallery  # most methods keep one vector of each tracklet

    def known(self) -> Mapping[str, Any]:
        """Return `leaks` and `seen` of what it begins from; raises where that, or what it trains by, is not there."""
        return {}

    def depends(self) -> dict[str, Any]:
        """Return as plain data what the training depends on beside settings, seed and people."""
        return {}

    @abstractmethod
    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Learn from `people` alone and leave in `folder` all that `load` needs; take up what was stopped."""

    @abstractmethod
    def load(self, folder: Path) -> Extractor:
        """Make the trained extractor from what `fit` left in `folder`."""

    def train(
        self,
        people: TrackletSet,
        folder: Path,
        seed: int = 0,
        leaks: tuple[str, ...] = (),
        console: Console | None = None,
        populations: Mapping[str, str] = MappingProxyType({}),
    ) -> Extractor:
        """Train in a folder, or load what was trained there.

        Parameters
        ----------
        people : TrackletSet
            Training people; distractors and junk are left out.
        folder : Path
            Gets ``method.json`` (settings, seed, people), what the method learns, and ``finished.json`` (seconds).
        seed : int
        leaks : tuple of str
            Official test sets whose people are among these (METHODS §3.8).
        console : Console or None
            For progress.
        populations : mapping
            Whom the numbers of each domain's people stand for, as `resight.datasets.seen` names them.

        Raises
        ------
        DataError
            Where fewer than two people are given.
        InputError
            Where it learns from pairs of cameras and nobody is seen by two.
        RecipeError
            Where the folder holds a training with other settings, another seed or other people.
        """
        people = people.filter(lambda t: t.person > 0)
        if self.learns_across_cameras and len(people.identities) > 1:
            true_pairs(people.labels(), people.views())
        if len(people.identities) < 2:
            raise DataError(f"method {self.name} learns from at least two people, not {len(people.identities)}")
        known = self.known()
        record = {
            "method": self.name,
            "settings": self.settings.model_dump(mode="json"),
            "seed": seed,
            "leaks": list(dict.fromkeys((*leaks, *known.get("leaks", ())))),
            "people": [list(identity) for identity in people.identities],
            "seen": [*known.get("seen", ()), *seen_in(people, populations)],
            **self.depends(),
        }
        path = folder / RECORD
        if path.is_file():
            before = json.loads(path.read_text(encoding="utf-8"))
            if self._binding(before) != self._binding({key: record.get(key) for key in before}):  # older ones say less
                raise RecipeError(f"{folder}: holds another training; give another folder")
        write_text(path, json.dumps(record, indent=1))
        if not (folder / "finished.json").is_file():
            with _counted(folder / SPENT) as spent:
                self.fit(people, folder, seed, console)
            write_text(folder / "finished.json", json.dumps({"seconds": round(spent(), 1)}))
        return self.load(folder)

    def _binding(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return of a record what a finished training depends on."""
        free = self.settings.later | self.settings.plumbing
        return record | {"settings": {key: value for key, value in record["settings"].items() if key not in free}}


@contextmanager
def _counted(path: Path) -> Iterator[Callable[[], float]]:
    """Count the seconds of a training over all its sessions, those that were stopped too."""
    before = float(json.loads(path.read_text(encoding="utf-8"))["seconds"]) if path.is_file() else 0.0
    begun = time.perf_counter()

    def spent() -> float:
        return before + time.perf_counter() - begun

    try:
        yield spent
    finally:
        write_text(path, json.dumps({"seconds": round(spent(), 1)}))


def read_record(folder: Path) -> dict[str, Any]:
    """Read what stands about a trained method in its folder.

    Raises
    ------
    WeightsError
        Where there is none, or its training was not finished.
    """
    path = folder / RECORD
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path}: no record of a trained method") from error
    if not (folder / "finished.json").is_file():
        raise WeightsError(f"{folder}: the training of {record['method']} was not finished; run the same command again")
    return record
