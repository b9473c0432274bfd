from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from torch import Tensor, nn

from resight.errors import ResightError, WeightsError
from resight.methods import fitting
from resight.methods.fitting import fit_network, read_weights

SEED = 3


def network() -> nn.Module:
    torch.manual_seed(SEED)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))


def batch(step: int) -> tuple[Tensor, Tensor]:
    x = torch.randn(16, 4, generator=torch.Generator().manual_seed(SEED * 1000 + step))
    return x, x.sum(1, keepdim=True)


def squares(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    return nn.functional.mse_loss(net(batch[0]), batch[1])


def run(folder: Path, net: nn.Module, iterations: int = 50, loss: Any = squares, **options: Any) -> nn.Module:
    fit_network(
        net,
        batch,
        loss,
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
        lambda step: 0.5 if step >= 30 else 1.0,
        iterations,
        folder,
        SEED,
        checkpoint_every=7,
        **options,
    )
    return net


class Killed(Exception):
    """Stands for a kill in the middle."""


@pytest.mark.parametrize("step", [5, 24, 50])
def test_a_killed_training_resumes_to_bit_identical_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    whole = run(tmp_path / "whole", network(), clip_value=5.0)
    original = fitting._Recorder.on_train_batch_end

    def dying(self: Any, trainer: L.Trainer, *args: Any) -> None:
        original(self, trainer, *args)
        if trainer.global_step == step:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(fitting._Recorder, "on_train_batch_end", dying)
        with pytest.raises(Killed):
            run(tmp_path / "cut", network(), clip_value=5.0)
    assert not (tmp_path / "cut" / "weights.safetensors").exists()
    resumed = run(tmp_path / "cut", network(), clip_value=5.0)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    assert (tmp_path / "whole" / "metrics.csv").read_bytes() == (tmp_path / "cut" / "metrics.csv").read_bytes()


def test_the_loss_falls_and_the_schedule_is_recorded(tmp_path: Path) -> None:
    said = io.StringIO()
    run(tmp_path, nn.Linear(4, 1), console=Console(file=said))
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["step", "loss", "lr"]
    assert float(rows[-1]["loss"]) < 0.1 * float(rows[0]["loss"])
    assert {int(row["step"]): float(row["lr"]) for row in rows}[28] == pytest.approx(0.05)
    assert int(rows[-1]["step"]) == 50 and float(rows[-1]["lr"]) == pytest.approx(0.025)
    assert "50/50 steps" in said.getvalue()


@pytest.mark.parametrize(("iterations", "rows"), [(8, 8), (25, 25), (100, 20), (150, 22), (400, 20), (60_000, 500)])
def test_a_short_training_has_rows_enough_to_tell_whether_its_loss_fell(
    tmp_path: Path, iterations: int, rows: int
) -> None:
    recorder = fitting._Recorder(tmp_path, iterations, 10**9, None)
    steps = [step for step in range(1, iterations + 1) if step % recorder.log_every == 0 or step == iterations]
    assert len(steps) == rows


def test_a_finished_training_is_loaded_not_repeated(tmp_path: Path) -> None:
    trained = run(tmp_path, network())
    assert not trained.training
    assert load_file(tmp_path / "weights.safetensors").keys() == trained.state_dict().keys()
    again = run(tmp_path, network(), loss=None)
    assert all(torch.equal(t, again.state_dict()[name]) for name, t in trained.state_dict().items())
    with pytest.raises(WeightsError, match="the network needs"):
        read_weights(nn.Sequential(nn.Linear(5, 8)), tmp_path / "weights.safetensors")


def test_what_is_frozen_stays(tmp_path: Path) -> None:
    net = network()
    net[0].weight.requires_grad_(False)
    before = net[0].weight.clone()
    run(tmp_path, net, clip_norm=1.0)
    assert torch.equal(before, net[0].weight) and not torch.equal(net[0].bias, network()[0].bias)


def test_a_loss_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResightError, match="not finite at step 0"):
        run(tmp_path, network(), loss=lambda net, batch: squares(net, batch) / 0)
    assert not (tmp_path / "weights.safetensors").exists()
