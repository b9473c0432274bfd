"""A smallest method that learns: the mean colour less that of the training people, and a matching of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from resight.features.extract import Matrix
from resight.files import write_text
from resight.methods import Method, Settings
from resight.methods.base import Distances
from resight.tracklets import TrackletSet


class Strength(Settings):
    scale: float = 1.0


class CentredColour:
    name = "centred"
    parameters = 3

    def __init__(self, mean: list[float], scale: float) -> None:
        self.mean, self.scale = mean, scale

    def key(self) -> dict[str, Any]:
        return {"descriptor": "centred", "mean": self.mean}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        rows = np.stack([t.load().mean(axis=(0, 1, 2)) for t in tracklets]) - self.mean
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> Distances:
        a, b = self.extract(query).astype(np.float64), self.extract(gallery).astype(np.float64)
        return self.scale * np.abs(a[:, None] - b[None]).sum(2)


class Centred(Method):
    name = "centred"
    summary = "mean colour, centred"
    source = "this test"
    Options = Strength
    matches_by = "own"

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        mean = np.mean([t.load().mean(axis=(0, 1, 2)) for t in people], axis=0)
        write_text(folder / "mean.json", json.dumps(mean.tolist()))

    def load(self, folder: Path) -> CentredColour:
        assert isinstance(self.settings, Strength)
        return CentredColour(json.loads((folder / "mean.json").read_text()), self.settings.scale)
