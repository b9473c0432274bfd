"""Resight: video-based person re-identification."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resight.models import LoadedModel

__version__ = "0.1.0"


def load_model(name: str | Path) -> LoadedModel:
    """Load a shipped network by name, or a converted or trained one by its path: see `resight.models.load_model`."""
    from resight.models import load_model as load

    return load(name)


__all__ = ["__version__", "load_model"]
