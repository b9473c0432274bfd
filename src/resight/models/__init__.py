"""The networks, and the files that hold their weights."""

from __future__ import annotations

from resight.models.c3d import C3D
from resight.models.files import LoadedModel, load_model, save_model, shipped_models

MODELS = {"c3d": C3D}
"""Network classes by name."""

__all__ = ["C3D", "MODELS", "LoadedModel", "load_model", "save_model", "shipped_models"]
