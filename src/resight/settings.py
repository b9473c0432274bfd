"""What a checked YAML file's first problem is, in words."""

from __future__ import annotations

from pydantic import ValidationError


def first_problem(error: ValidationError) -> str:
    """Return the key, dots between levels, and what is wrong with it, as the end of a sentence."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    head = what[0] if first["type"] == "value_error" else what[0].lower()  # pydantic's own sentences alone are recast
    return f"{where}{': ' if where else ''}{head}{what[1:]}"
