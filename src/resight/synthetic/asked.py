"""Numbers that a user asks the world for, held against their ranges: one sentence each, with the value."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from resight.errors import RecipeError
from resight.synthetic.roles import NOBODYS


def people_of(people: Any) -> Sequence[int]:
    """Return the numbers of so many people, or those given.

    Raises
    ------
    RecipeError
        Where it is neither, there are none, or one cannot be filmed by that number.
    """
    numbers: Sequence[int] = range(1, int(people) + 1) if isinstance(people, Integral) else people
    if not hasattr(numbers, "__len__") or not all(isinstance(number, Integral) for number in numbers):
        raise RecipeError(f"people is a whole number, or a list of their numbers, not {people!r}")
    if len(numbers) == 0:
        raise RecipeError("people: at least one person must be filmed")
    if min(numbers) < 1:
        raise RecipeError(f"people are numbered from 1 on, not {min(numbers)}")
    if max(numbers) >= NOBODYS:
        raise RecipeError(f"people from {NOBODYS:,} on are passers-by and distractors, nobody can ask for them")
    return numbers


def refuse_low(least: int, **values: Any) -> None:
    """Raise `RecipeError` for the first of the values named that is no whole number from `least` on."""
    for name, value in values.items():
        if not isinstance(value, Integral) or int(value) < least:
            raise RecipeError(f"{name} is a whole number from {least} on, not {value!r}")
