"""The methods that learn, by name."""

from __future__ import annotations

import importlib
from typing import Any

from pydantic import ValidationError

from resight.errors import RecipeError
from resight.methods.base import Method
from resight.settings import first_problem

METHODS: dict[str, str] = {
    "c3d": "resight.methods.c3d:C3D",
    "ide": "resight.methods.ide:IDE",
    "rfa": "resight.methods.rfa:RFA",
    "frame-mean": "resight.methods.frame_pooling:FrameMean",
    "frame-attention": "resight.methods.frame_pooling:FrameAttention",
    "rcn": "resight.methods.rcn:RCN",
    "astpn": "resight.methods.astpn:ASTPN",
    "two-stream": "resight.methods.two_stream:TwoStream",
    "sta": "resight.methods.sta:STA",
    "si2dl": "resight.methods.si2dl:SI2DL",
    "tdl": "resight.methods.tdl:TDL",
}
"""Name → ``module:Class``; a module is imported when its method is asked for."""


def method_class(name: str) -> type[Method]:
    """Return the class of a method that learns.

    Raises
    ------
    RecipeError
        Where the name is unknown.
    """
    if name not in METHODS:
        raise RecipeError(f"no method named {name!r} that is trained; there are {', '.join(METHODS)}")
    module, _, attribute = METHODS[name].partition(":")
    found: type[Method] = getattr(importlib.import_module(module), attribute)
    return found


def open_trainable(name: str, published: bool = False, **changes: Any) -> Method:
    """Make a method with its settings.

    Parameters
    ----------
    name : str
        Of `METHODS`.
    published : bool
        Start from the published schedule rather than from that of two cores.
    **changes
        Settings set anew.

    Raises
    ------
    RecipeError
        Where the name or a setting is unknown, or a value out of range.
    """
    kind = method_class(name)
    start = kind.published() if published else kind.Options()
    try:
        return kind(kind.Options.model_validate(start.model_dump() | changes))
    except ValidationError as error:
        raise RecipeError(f"method {name}: {first_problem(error)}") from error
