"""What the commands share: the console they write to, and options of the form KEY=VALUE."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Options = Annotated[list[str] | None, typer.Option("--option", help="KEY=VALUE for the reader, may be repeated.")]


def console(stderr: bool = False) -> Any:
    """Return the console, of the output or of the errors."""
    from rich.console import Console

    return Console(soft_wrap=True, stderr=stderr)


def pairs(items: list[str] | None) -> dict[str, Any]:
    """Parse KEY=VALUE, the value as YAML."""
    import yaml

    from resight.errors import RecipeError

    found = {}
    for item in items or []:
        key, sign, value = item.partition("=")
        if not sign:
            raise RecipeError(f"{item!r}: expected KEY=VALUE")
        try:
            found[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise RecipeError(f"{item!r}: the value is not YAML") from error
    return found
