"""What runs on a GPU gives what runs on the CPU: ``RESIGHT_GPU=1 pytest tests/test_gpu.py``; skipped without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resight.experiments.paper.estimate import step_time
from resight.features import clips as clip_features
from resight.features.camera_norm import by_camera
from resight.features.clips import ClipExtractor
from resight.methods import open_trainable
from resight.methods.opening import open_model
from resight.models import load_model
from resight.models.c3d import Conv3d
from resight.robustness.attacks import Attack, push_away
from resight.robustness.embedding import Embedding, differentiable
from resight.training.callbacks import extractor_for
from resight.training.run import train
from tests.conftest import make_tracklets
from tests.robustness.test_attacks import draw, euclid
from tests.training.test_run import Killed, kill_at, tiny

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU, or RESIGHT_GPU is not set")


@pytest.fixture(autouse=True)
def used() -> Iterator[None]:
    """Every test here has put something on the GPU."""
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    yield
    assert torch.cuda.max_memory_allocated() > before


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tiny(), make_tracklets(8), tmp_path_factory.mktemp("run"))


def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_features, "on_device", lambda network: network)


def opened(weights: Path) -> ClipExtractor:
    extractor = open_model(weights)
    extractor.precision = "fp32"
    return extractor


def test_features_are_those_of_the_cpu(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = make_tracklets(4)
    extractor = opened(weights)
    assert next(extractor.network.parameters()).is_cuda
    found, aware = extractor.extract(people), by_camera(extractor, people).extract(people)
    on_cpu(monkeypatch)
    plain = opened(weights)
    assert not next(plain.network.parameters()).is_cuda
    assert plain.key() == extractor.key()
    assert np.allclose(found, plain.extract(people), atol=2e-3)
    assert np.allclose(aware, by_camera(plain, people).extract(people), atol=2e-3)
    assert not np.allclose(found, aware, atol=2e-3)


def test_a_step_is_timed_on_the_gpu_with_the_memory_of_its_batch() -> None:
    small, large = (step_time(tiny(training__batches__size=size)) for size in (16, 256))
    assert 0 < small.gpu < large.gpu and large.seconds > 0


def test_a_killed_training_is_taken_up(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        kill_at(patch, 4)
        with pytest.raises(Killed):
            train(tiny(), make_tracklets(8), tmp_path)
    resumed = load_model(train(tiny(), make_tracklets(8), tmp_path)).network.state_dict()
    for name, tensor in load_model(weights).network.state_dict().items():
        assert torch.allclose(tensor.float(), resumed[name].float(), rtol=0.02, atol=2e-3), name


def test_a_training_in_bf16_is_ranked_by_its_own_validation(tmp_path: Path) -> None:
    recipe = tiny(training__precision="bf16")
    best = train(recipe, make_tracklets(8), tmp_path)
    assert "val_map" in (tmp_path / "metrics.csv").read_text()
    assert np.isfinite(extractor_for(recipe, load_model(best).network, "tuned").extract(make_tracklets(3))).all()


def test_an_attack_moves_features_further_than_random_signs(weights: Path) -> None:
    embedding = Embedding(opened(weights), make_tracklets(1)[0])
    assert embedding.frames.is_cuda
    clean = embedding(embedding.frames).detach()
    loss = push_away(differentiable(euclid()), clean)

    def moved(way: Any) -> float:
        frames = Attack(way, 4 / 255, steps=3)(embedding, loss, draw())
        return float((embedding(frames) - clean).norm().detach())

    assert moved("pgd") > 1.5 * moved("random") > 0


@pytest.mark.parametrize("name", ["rcn", "ide", "frame-attention"])
def test_compared_methods_train_there(name: str, tmp_path: Path) -> None:
    own: dict[str, Any] = {"iterations": 3}
    if name == "rcn":
        own |= {"pairs": 2, "length": 4, "features": 8, "shifts": 1}
    extractor = open_trainable(name, **own).train(make_tracklets(4, length=6), tmp_path, 0)
    assert np.isfinite(extractor.extract(make_tracklets(2, length=6))).all()


@pytest.mark.parametrize("frames", [2, 4])
def test_gradients_in_bf16_are_those_in_fp32(frames: int) -> None:
    torch.manual_seed(0)
    layer = Conv3d(16, 16, 3, padding=1).cuda()
    clips = torch.randn(4, 16, frames, 8, 8, device="cuda").contiguous(memory_format=torch.channels_last_3d)
    gradients = []
    for bf16 in (False, True):
        layer.zero_grad()
        with torch.autocast("cuda", torch.bfloat16, enabled=bf16):
            layer(clips).square().mean().backward()
        assert layer.weight.grad is not None
        gradients.append(layer.weight.grad.clone())
    assert float((gradients[0] - gradients[1]).norm() / gradients[0].norm()) < 0.02
