"""What a run's folder says of a data set: which split it was trained on, and the XQDA that it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resight.datasets import Dataset
from resight.experiments.sources import split_name
from resight.methods.opening import weights_of
from resight.training.recipe import Recipe, Source, load_recipe


@dataclass(frozen=True)
class RunFolder:
    """The folder of one seed, and the recipe that was run in it."""

    path: Path
    recipe: Recipe

    def source(self, dataset: str, options: Mapping[str, Any]) -> Source | None:
        """Return the recipe's source that is a data set; None where none is, or several are."""
        found = [s for s in self.recipe.data if s.dataset == dataset and _domain(s.options) == _domain(options)]
        return found[0] if len(found) == 1 else None

    def split_name(self, dataset: Dataset, options: Mapping[str, Any]) -> str | None:
        """Name the split that the run was trained on; None where it knows none."""
        source = self.source(dataset.name, options)
        return split_name(source, dataset, self.recipe.seed) if source else None

    def xqda(self, dataset: str, options: Mapping[str, Any]) -> Path | None:
        """Return the file of the XQDA that the run keeps for a data set, where there is one."""
        source = self.source(dataset, options)
        path = self.path / f"xqda-{source.name}.safetensors" if source else None
        return path if path is not None and path.is_file() else None


def open_run(folder: Path) -> RunFolder | None:
    """Open the folder of a run, or of its only seed; None where it holds a trained method or weights alone."""
    found = weights_of(folder)
    path = None if found is None else found.parent
    if path is None or not (path / "recipe.yaml").is_file():
        return None
    return RunFolder(path, load_recipe(path / "recipe.yaml"))


def _domain(options: Mapping[str, Any]) -> Any:
    return options.get("domain", "prid")
