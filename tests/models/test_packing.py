from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from typer.testing import CliRunner

from resight.cli import app
from resight.clips import Preprocessing, Sampling
from resight.errors import WeightsError
from resight.models import C3D, load_model, save_model
from resight.models.files import pack_model
from resight.models.packing import pack, unpack


def test_a_weight_comes_back_within_half_a_step_of_its_channel() -> None:
    tensors = {"a": torch.randn(5, 3, 2, generator=torch.Generator().manual_seed(0)), "b": torch.randn(5)}
    tensors["a"][2] = 0
    tensors["a"][3] *= 1000  # one loud channel must not cost the others their precision
    packed = pack(tensors)
    assert packed["a"].dtype == torch.int8 and packed["b"] is tensors["b"]
    found = unpack(packed, "here")
    assert set(found) == {"a", "b"}
    step = tensors["a"].flatten(1).abs().amax(1) / 127
    assert ((found["a"] - tensors["a"]).flatten(1).abs().amax(1) <= step / 2 + 1e-6 * step).all()
    assert (found["a"][2] == 0).all()


@pytest.mark.parametrize("scales", [{}, {"a.scale": torch.ones(4)}])
def test_scales_that_are_missing_or_too_few_are_refused(scales: dict[str, torch.Tensor]) -> None:
    with pytest.raises(WeightsError, match="here: the scales of a are missing"):
        unpack({"a": torch.ones(5, 2, dtype=torch.int8), **scales}, "here")


def test_a_packed_network_is_a_quarter_of_the_size_and_says_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = C3D(5, 0.1, (8, 64, 32), norm="batch")
    clips = torch.randn(4, 3, 8, 64, 32)
    network(clips)
    source, target = tmp_path / "whole.safetensors", tmp_path / "packed.safetensors"
    save_model(network.eval(), source, Preprocessing(size=(64, 32), resize=None), Sampling(length=8), {"recipe": "a"})
    result = CliRunner().invoke(app, ["weights", "pack", str(source), str(target), "--no-classifier"])
    assert result.exit_code == 0 and "MB" in result.stdout
    assert target.stat().st_size < 0.3 * source.stat().st_size
    packed = load_model(target)
    assert packed.info == {"recipe": "a", "classifier": "left out"} and packed.network.config["num_classes"] == 1
    with torch.inference_mode():
        one, other = network.features(clips), packed.network.features(clips)
    assert torch.nn.functional.cosine_similarity(one, other).min() > 0.999
    with safe_open(target, "pt") as opened:
        assert opened.get_tensor("conv3a.weight").dtype == torch.int8
    with pytest.raises(WeightsError, match="safetensors"):
        pack_model(source, tmp_path / "packed.bin")
