"""Counted words: "1 file", "3 files"."""

from __future__ import annotations


def counted(number: int, one: str, more: str = "") -> str:
    """Return a number and the words that go with it: `one` for 1, else `more` (`one` and an s where that is empty)."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
