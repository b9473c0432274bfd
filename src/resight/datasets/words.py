"""Numbers for the people, cameras and tracklets that a user names in words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from resight.frames import natural_key
from resight.tracklets import DISTRACTOR, JUNK

RESERVED = {str(DISTRACTOR): DISTRACTOR, str(JUNK): JUNK}


def number_words(words: Iterable[str]) -> dict[str, int]:
    """Give every word a number: its own where all are different whole numbers, else 1, 2, … in natural order."""
    names = sorted(set(words), key=natural_key)
    numbers = {word: int(word) for word in names if re.fullmatch("[0-9]{1,9}", word)}
    if len(set(numbers.values())) == len(names):
        return numbers
    return {word: i for i, word in enumerate(names, start=1)}


def number_people(words: Iterable[str]) -> dict[str, int]:
    """Number the people as `number_words` does; ``0`` and ``-1`` keep their meaning, distractor and junk."""
    numbers = number_words(set(words) - RESERVED.keys())
    if 0 in numbers.values():
        numbers = {word: i for i, word in enumerate(numbers, start=1)}
    return numbers | RESERVED


def shift_from_zero(people: Iterable[int]) -> int:
    """Return what to add to a data set's numbers so that person 0 is no distractor: 1 where there is a 0, else 0."""
    return int(DISTRACTOR in set(people))


def label_of(number: int, shift: int) -> str:
    """Return a person's label: the data set's own number where it was shifted, else empty."""
    return str(number) if shift else ""
