"""What a checked YAML file's first problem is, in words."""

from __future__ import annotations

from pydantic import ValidationError

WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "too_short": "needs one or more",
    "tuple_type": "must be a list",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text",
    "model_type": "must be a table of keys and values",
    "string_pattern_mismatch": "must be small letters, digits, - and _, a letter first, 32 at most",
}
"""Of what pydantic says in words of its own."""


def first_problem(error: ValidationError) -> str:
    """Return the key, dots between levels, and what is wrong with it, as the end of a sentence."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    head = what[0] if first["type"] == "value_error" else what[0].lower()  # pydantic's own sentences alone are recast
    return f"{where}{': ' if where else ''}{head}{what[1:]}"
