"""Refuses to test anybody on people that it was trained on (METHODS §3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resight.datasets import Dataset, Split
from resight.datasets.seen import known_people, population
from resight.errors import RecipeError
from resight.features.extract import Extractor
from resight.methods.base import RECORD, read_record


def knowledge(extractor: Extractor, run: Path | None = None) -> Mapping[str, Any]:
    """Return what is known of an extractor's training: `leaks` and `seen`, where it has any."""
    if run is not None and (run / RECORD).is_file():
        return read_record(run)
    found: Mapping[str, Any] = getattr(extractor, "info", {})
    return found


def refuse_leak(
    dataset: Dataset, split: Split, options: Mapping[str, Any], known: Mapping[str, Any], name: str
) -> None:
    """Refuse a split whose test people took part in a training.

    Parameters
    ----------
    dataset, split
    options : mapping
        Of the data set's reader.
    known : mapping
        As `knowledge` gives it.
    name : str
        Of what was trained.

    Raises
    ------
    RecipeError
        Where the data set's test part is an official one that leaked, or a test person is among those seen.
    """
    if dataset.tests and dataset.tests in known.get("leaks", ()):
        raise RecipeError(f"{name} was trained on people of {dataset.tests}, so it cannot be tested there")
    both = known_people(known.get("seen", ()), population(dataset.name, options), split)
    if both:
        tested = len({t.person for t in split.query + split.gallery if t.person > 0})
        raise RecipeError(
            f"{name} was trained on {len(both)} of the {tested} test people of split {split.name} of {dataset.name} "
            f"(as person {both[0]}); ask for the split that it was trained on"
        )
