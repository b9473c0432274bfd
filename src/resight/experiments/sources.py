"""Opens the data sets that a recipe names, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from resight.datasets import DATASETS, Dataset, Split, open_dataset
from resight.errors import DataError
from resight.tracklets import TrackletSet
from resight.training.recipe import Recipe, Source


@dataclass(frozen=True, eq=False)
class Opened:
    """A source of the recipe with its data set and the split in use."""

    source: Source
    dataset: Dataset
    split: Split

    @property
    def synthetic(self) -> bool:
        """Whether its people are drawn."""
        return self.dataset.synthetic


def open_sources(recipe: Recipe, data: Path | None, seed: int, to_train: bool = False) -> list[Opened]:
    """Open the sources of a recipe.

    Parameters
    ----------
    recipe : Recipe
    data : Path or None
        Where the data lie: the folder itself for one data set on disk, else the folder that holds them by name.
    seed : int
        Split of the data sets that are split by seed and whose source names none.
    to_train : bool
        Leave out the sources that are tested alone: they need not be there.

    Raises
    ------
    DataError
        Where a data set has no path.
    """
    on_disk = [source for source in recipe.data if DATASETS.get(source.dataset) and DATASETS[source.dataset].layout]
    opened = []
    for source in recipe.data:
        if to_train and not source.train:
            continue
        path: Path | None = Path(source.path) if source.path else None
        if source in on_disk and path is None:
            if data is None:
                raise DataError(f"{source.name}: no path; give --data, or a path in the recipe")
            path = data if len(on_disk) == 1 and not (data / source.dataset).is_dir() else data / source.dataset
        dataset = open_dataset(source.dataset, path, **source.options)
        split = dataset.split(split_name(source, dataset, seed))
        opened.append(Opened(source, dataset, _named(split, source.name)))
    return opened


def split_name(source: Source, dataset: Dataset, seed: int) -> str | None:
    """Name the split that a source uses: its own, else by the seed where the data set is split by one."""
    return source.split if source.split is not None or not dataset.seeded else str(seed)


def training_parts(opened: list[Opened]) -> list[TrackletSet]:
    """Return the training people of each domain that is trained on; distractors and junk are left out.

    Raises
    ------
    DataError
        Where there are none.
    """
    parts = [part.split.train.filter(lambda t: t.person > 0) for part in opened if part.source.train]
    if not any(len(part) for part in parts):
        raise DataError("the recipe trains on no domain")
    return parts


def training_people(opened: list[Opened]) -> TrackletSet:
    """Join the training people of all domains that are trained on."""
    return sum(training_parts(opened), TrackletSet())


def leaks_of(opened: Iterable[Opened]) -> tuple[str, ...]:
    """Return the official test sets whose people are among those that are trained on (METHODS §3.8)."""
    return tuple(sorted({part.dataset.leaks for part in opened if part.source.train and part.dataset.leaks}))


def _named(split: Split, domain: str) -> Split:
    if {t.domain for t in split.train} == {domain}:  # the data set's own name: its test part may bear another
        return split
    train, query, gallery = (part.with_domain(domain) for part in (split.train, split.query, split.gallery))
    return replace(split, train=train, query=query, gallery=gallery)
