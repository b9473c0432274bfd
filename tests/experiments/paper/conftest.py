"""The paper at a tiny size: a few people, a network of the least width, two steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resight.experiments.paper.cells import Ledger
from resight.experiments.paper.data import PaperData, synthetic_data
from resight.experiments.paper.lab import Lab
from resight.experiments.paper.run import reproduce
from resight.experiments.paper.settings import Settings, load_settings

TINY = {
    "training.iterations": 2,
    "training.batches.size": 4,
    "training.batches.clips_per_person": 2,
    "training.batches.workers": 0,
    "training.optimiser.warmup": 1,
    "model.weights": None,  # the shipped networks are larger than these tests need
    "model.width": 0.02,
}


def tiny_settings(**changes: Any) -> Settings:
    settings = load_settings(True, None, 1, **(TINY | changes))
    world: dict[str, Any] = {"seed": 0}
    world |= {name: {"people": 6, "frames": (16, 18)} for name in ("prid", "ilids", "aerial")}
    world["mars"] = {"people": 4, "frames": (8, 10), "tracklets": 1, "distractors": 2, "junk": 1}
    short = {"second": {"training.iterations": 1}, "short": {"training.iterations": 1}}
    short |= {"tuned": None}
    return Settings.model_validate(settings.model_dump() | {"world": world} | short)


def tiny_lab(folder: Path, data: PaperData | None = None, methods: tuple[str, ...] = (), **changes: Any) -> Lab:
    settings = tiny_settings(**changes)
    return Lab(settings, data or synthetic_data(settings), Ledger(folder / "cells"), folder / "work", methods)


Labs = Callable[..., Lab]


@pytest.fixture(scope="package")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where tables 1 and 3 are done."""
    folder = tmp_path_factory.mktemp("paper")
    reproduce(tiny_lab(folder), ["table1", "table3"], folder, "resight reproduce table1 table3")
    return folder
