"""Two devices train one network together: each has its share of every batch, and the first alone writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch
from rich.console import Console

from resight.errors import RecipeError, ResightError
from resight.models import load_model
from resight.training import losses, processes, run
from resight.training.batches import ClipStream
from resight.training.callbacks import RunRecorder
from resight.training.module import FineTuner
from resight.training.run import train
from tests.conftest import make_tracklets
from tests.training.test_run import tiny

needs_processes = pytest.mark.skipif(
    not (torch.distributed.is_available() and torch.distributed.is_gloo_available()),
    reason="this torch has no gloo, by which processes of the CPU train together",
)
TWO_STEPS = {
    "training__iterations": 2,
    "training__checkpoint_every": 1,
    "training__loss__centre": 0.01,
    "training__batches__size": 8,
}


class Watched(RunRecorder):
    """Notes which process writes weights; stops all of them after a step while a file `stop` is there."""

    def on_train_batch_end(self, trainer: L.Trainer, *args: Any) -> None:
        super().on_train_batch_end(trainer, *args)
        if (self.folder.parent / "stop").exists():
            raise ResightError(f"stopped at {trainer.global_step}")

    def _save_network(self, module: FineTuner, name: str) -> None:
        with (self.folder.parent / "written").open("a") as file:
            file.write(f"{module.global_rank} {module.global_step} {name}\n")
        super()._save_network(module, name)


@needs_processes
def test_two_devices_train_one_network_and_a_stopped_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "RunRecorder", Watched)
    people, recipe, folder = make_tracklets(8), tiny(validation__every=1, **TWO_STEPS), tmp_path / "run"
    (tmp_path / "stop").touch()
    with pytest.raises(ResightError, match=r"^stopped at 1$"):
        train(recipe, people, folder, console=Console(), devices=2)
    (tmp_path / "stop").unlink()
    with pytest.raises(RecipeError, match="holds a run on 2 devices; give another folder, or as many"):
        train(recipe, people, folder)
    best = train(recipe, people, folder, console=Console(), devices=2)
    written = [line.split() for line in (tmp_path / "written").read_text().splitlines()]
    assert {rank for rank, _, _ in written} == {"0"}
    assert [step for _, step, name in written if name == "last.safetensors"] == ["1", "2"]
    with (folder / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2"] and all(row["val_map"] for row in rows)
    checkpoint = torch.load(folder / "last.ckpt", weights_only=True)
    assert checkpoint["global_step"] == 2
    # six people in two steps of four, two on each device: the first alone had four of them
    assert int(checkpoint["state_dict"]["centres.seen"].sum()) == 6
    own, average = (checkpoint["state_dict"][f"{part}conv1a.weight"] for part in ("network.", "averaged.module."))
    assert not torch.equal(own, average)
    assert torch.equal(load_model(folder / "last.safetensors").network.conv1a.weight, average)
    assert json.loads((folder / "run.json").read_text())["devices"] == 2
    assert best.is_file() and (folder / "finished.json").is_file()


def stream(share: int = 0, shares: int = 1, **batches: Any) -> ClipStream:
    recipe = tiny(**{f"training__batches__{key}": value for key, value in batches.items()})
    own = (recipe.clips, recipe.preprocessing, recipe.augmentation, recipe.training.batches)
    return ClipStream(make_tracklets(8), *own, 0, 0, 3, share, shares)


@pytest.mark.parametrize("sampling", ["person", "uniform", "domain"])
def test_shares_make_up_the_batch(sampling: str) -> None:
    size = {"sampling": sampling, "size": 8, "clips_per_person": 2}
    whole = stream(**size)
    parts = [stream(share, 2, **size) for share in (0, 1)]
    for step in range(3):
        labels = [part.batch(step)[1] for part in parts]
        assert torch.equal(torch.cat(labels), whole.batch(step)[1])
        assert [len(each) for each in labels] == [4, 4]
        if sampling == "person":
            assert not set(labels[0].tolist()) & set(labels[1].tolist())
    clips = [part.batch(0)[0] for part in parts]
    assert torch.equal(clips[0], stream(0, 2, **size).batch(0)[0]) and not torch.equal(*clips)


def test_frames_in_memory_are_shared_out() -> None:
    needed = sum(len(t) for t in make_tracklets(8)) * 36 * 36 * 3 / 2**30
    fits = [stream(0, shares, cache_gb=1.5 * needed).cache.fits for shares in (1, 2)]
    assert fits == [True, False]


def test_devices_that_cannot_share_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = make_tracklets(8)
    with pytest.raises(RecipeError, match=r"3 devices cannot share batches of 2 people evenly"):
        train(tiny(), people, tmp_path / "run", devices=3)
    with pytest.raises(RecipeError, match=r"3 devices cannot share batches of 4 clips evenly.*training\.batches\.size"):
        train(tiny(training__batches__sampling="uniform"), people, tmp_path / "run", devices=3)
    with pytest.raises(RecipeError, match=r"2 devices would have one person each of a batch, and no triplets"):
        train(tiny(), people, tmp_path / "run", devices=2)
    with pytest.raises(RecipeError, match="at least one device, not 0"):
        train(tiny(), people, tmp_path / "run", devices=0)
    monkeypatch.setattr(processes.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(processes.torch.cuda, "device_count", lambda: 1)
    with pytest.raises(RecipeError, match="2 devices needs as many GPUs, and there is 1 here"):
        processes.refuse_devices(2)
    assert not (tmp_path / "run").exists()


def test_centres_follow_the_clips_of_all_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = torch.from_numpy(np.eye(3, dtype=np.float32)), torch.tensor([0, 1, 1])
    alone, together = losses.CentreLoss(3, 3), losses.CentreLoss(3, 3)
    alone(torch.cat([features, features]), torch.cat([labels, labels]))
    monkeypatch.setattr(losses.torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(losses.torch.distributed, "all_reduce", lambda part: part.mul_(2))  # another with the same
    together(features, labels)
    assert torch.allclose(alone.centres, together.centres) and torch.equal(alone.seen, together.seen)
