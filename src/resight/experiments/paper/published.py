"""The paper's own figures, from one file (METHODS §15)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

RANKS = (1, 5, 10, 20)
NOTHING = "–"


@lru_cache(maxsize=1)
def figures() -> dict[str, Any]:
    """Return all that stands in ``published.yaml``."""
    text = (files("resight") / "experiments" / "paper" / "published.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def ranks(row: str | None, domain: str) -> list[str]:
    """Return the published figures of a row at the four ranks, as printed; dashes where there are none."""
    known = figures()["rows"].get(row, {}).get(domain, [None] * len(RANKS))
    return [as_text(value) for value in known]


def as_text(value: float | None) -> str:
    """Print a published figure."""
    return NOTHING if value is None else f"{value:g}"
