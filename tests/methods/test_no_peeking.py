"""Whatever a method learns, it learns from training people: the test people's frames cannot even be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.datasets import open_dataset
from resight.experiments.evaluation_job import Wanted, train_method
from resight.frames import Frames
from resight.methods import METHODS
from resight.tracklets import TrackletSet
from tests.methods.small_world import small_world

SHORT = {"iterations": 2}
FEW: dict[str, dict[str, Any]] = {
    "c3d": SHORT,
    "ide": SHORT | {"width": 0.1, "features": 16},
    "rfa": SHORT | {"dimensions": 32, "projection_frames": 20, "hidden": 8},
    "frame-mean": SHORT | {"width": 0.1, "features": 16},
    "frame-attention": SHORT | {"width": 0.1, "features": 16},
    "rcn": SHORT,
    "astpn": SHORT,
    "two-stream": SHORT,
    "sta": {},
    "si2dl": {"rounds": 1, "steps": 1},
    "tdl": {},
}


class Poison:
    """Frames that tell when somebody reads them."""

    def __len__(self) -> int:
        return 5

    def read(self, indices: Sequence[int]) -> Frames:
        raise AssertionError("a test person's frames were read in training")

    def fingerprint(self) -> str:
        return "poison"

    def to_record(self) -> dict[str, Any]:
        return {"kind": "poison"}


def poisoned(tracklets: TrackletSet) -> TrackletSet:
    return TrackletSet(replace(t, frames=Poison()) for t in tracklets)


@pytest.mark.parametrize("name", METHODS)
def test_training_does_not_read_test_people(name: str, tmp_path: Path) -> None:
    world = small_world()
    few = set(world.train.identities[:6])
    train = world.train.filter(lambda t: (t.domain, t.person) in few)
    split = replace(world, train=train, query=poisoned(world.query), gallery=poisoned(world.gallery))
    with pytest.raises(AssertionError, match="were read in training"):
        split.query[0].load()
    dataset = open_dataset("synthetic", None, people=4, frames=(5, 5))
    wanted = Wanted("synthetic", None, None, None, name, None, "0", ("euclidean",), {}, FEW[name])
    trained = train_method(wanted, dataset, split, tmp_path)
    features = trained.extract(train[:2])
    assert features.shape[0] == 2 and np.isfinite(features).all()
