"""The options of a reader, held against the kinds that its function asks for."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from resight.errors import RecipeError

KINDS: dict[Any, tuple[type | tuple[type, ...], str]] = {
    bool: (bool, "true or false"),
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    str: ((str, Path), "a text"),
}
"""What may stand for each kind, and how it is called."""
FROM_ZERO = ("min_frames",)
"""Options that cannot be negative, whichever the reader."""


def check_options(name: str, reader: Callable[..., Any], options: dict[str, Any]) -> None:
    """Raise `RecipeError` where the value of an option is of another kind than the reader's function asks for."""
    kinds = get_type_hints(reader)
    for key, value in options.items():
        if not _fits(value, kinds[key]):
            raise RecipeError(f"{name}: {key} is {_called(kinds[key])}, not {value!r}")
        if key in FROM_ZERO and value < 0:
            raise RecipeError(f"{name}: {key} is 0 or more, not {value}")


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a kind; a list, which is what YAML gives, may stand for a tuple."""
    if kind is None or kind is type(None):
        return value is None
    parts = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if get_origin(kind) is tuple:
        return isinstance(value, list | tuple) and len(value) == len(parts) and all(map(_fits, value, parts))
    if get_origin(kind) is Sequence:
        return isinstance(value, list | tuple) and all(_fits(item, parts[0]) for item in value)
    return isinstance(value, KINDS[kind][0]) and (kind is bool or not isinstance(value, bool))


def _called(kind: Any) -> str:
    """Say what is asked for; None, the default of many options, goes unsaid."""
    parts = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_called(part) for part in parts if part is not type(None))
    if get_origin(kind) is tuple:
        return f"[{', '.join(_called(part) for part in parts)}]"
    if get_origin(kind) is Sequence:
        return f"a list, each {_called(parts[0])}"
    return KINDS[kind][1]
