"""The published splits: lists of people as package data; NOTICE beside them names their sources."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files


@cache
def published(name: str) -> tuple[tuple[frozenset[int], frozenset[int]], ...]:
    """Return the published splits of ``prid2011`` or ``ilids_vid`` as pairs (training people, test people)."""
    lists = json.loads(files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return tuple((frozenset(train), frozenset(test)) for train, test in zip(lists["train"], lists["test"], strict=True))


@cache
def mars_test_people() -> frozenset[int]:
    """Return the numbers of the people in MARS's official test half, distractors and junk left out."""
    return frozenset(json.loads(files(__package__).joinpath("mars_test_people.json").read_text(encoding="utf-8")))
