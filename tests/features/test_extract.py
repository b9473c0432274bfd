from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from resight.clips import Preprocessing, Sampling
from resight.errors import DataError, RecipeError, WeightsError
from resight.features import extract as extract_module
from resight.features.clips import ClipExtractor
from resight.features.extract import extract_features, store_key
from resight.features.store import feature_dim
from resight.methods.opening import choose_method, open_method, open_model
from resight.models import C3D, save_model
from resight.tracklets import TrackletSet
from tests.conftest import make_tracklets


class MeanColour(nn.Module):
    """A network whose features can be worked out by hand: the clip's mean B, G and R."""

    input_size = (4, 32, 16)

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.calls = 0

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return clips.mean((2, 3, 4)) * self.scale


PLAIN = Preprocessing(size=(32, 16), resize=None, mean=(0, 0, 0))


def by_mean(network: nn.Module | None = None, **options: Any) -> ClipExtractor:
    settings = {"sampling": Sampling(4, 2), "precision": "fp32"} | options
    return ClipExtractor("mean", network or MeanColour(), PLAIN, layer=None, **settings)


def test_a_tracklets_feature_is_the_mean_over_its_clips_with_length_one(plain_people: TrackletSet) -> None:
    features = extract_features(by_mean(batch=5), plain_people)
    assert features.dtype == np.float32 and features.shape == (16, 3)
    for row, tracklet in zip(features, plain_people, strict=True):
        frames = PLAIN.resize_frames(tracklet.load()).astype(np.float64)
        clips = [frames[s : s + 4, ..., ::-1].mean((0, 1, 2)) for s in (0, 2, 4)]
        expected = np.mean(clips, 0)
        assert row == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_the_batch_size_changes_nothing(plain_people: TrackletSet) -> None:
    network = C3D(5, 0.02, (8, 32, 32), norm="batch").eval()
    small = Preprocessing(size=(32, 32), resize=(36, 36))
    parts = [
        ClipExtractor("c3d", network, small, Sampling(8, 8), precision="fp32", batch=batch).extract(plain_people)
        for batch in (1, 7, 64)
    ]
    assert np.allclose(parts[0], parts[1], atol=1e-5) and np.allclose(parts[0], parts[2], atol=1e-5)


def test_each_stage_counts_alike_beside_the_last_layer(plain_people: TrackletSet) -> None:
    network = C3D(5, 0.02, (8, 32, 32), norm="batch").eval()
    made = {"network": network, "preprocessing": Preprocessing(size=(32, 32), resize=(36, 36)), "precision": "fp32"}
    plain = ClipExtractor("c3d", sampling=Sampling(8, 8), **made)  # type: ignore[arg-type]
    staged = ClipExtractor("c3d", sampling=Sampling(8, 8), stages=("conv2a", "conv4b"), **made)  # type: ignore[arg-type]
    last, all_blocks = plain.extract(plain_people), staged.extract(plain_people)
    widths = [block.shape[1] for block in network.features_by_stage(torch.zeros(1, 3, 8, 32, 32), staged.stages)]
    assert len(widths) == 5 and all_blocks.shape[1] == sum(widths)
    blocks = np.split(all_blocks, np.cumsum(widths)[:-1], axis=1)
    for block in blocks:
        assert np.linalg.norm(block, axis=1) == pytest.approx(1 / np.sqrt(5), abs=1e-5)
    assert blocks[-1] * np.sqrt(5) == pytest.approx(last, abs=1e-5)
    assert store_key(plain, plain_people) != store_key(staged, plain_people)


def test_mirror_averages_the_two_sides(plain_people: TrackletSet) -> None:
    class Left(MeanColour):
        def forward(self, clips: torch.Tensor) -> torch.Tensor:
            return clips[..., :8].mean((2, 3, 4)) * self.scale

    mirrored = extract_features(by_mean(Left(), mirror=True, sampling=Sampling(4, 4)), plain_people)
    assert np.allclose(mirrored, extract_features(by_mean(sampling=Sampling(4, 4)), plain_people), atol=1e-5)


def test_extraction_is_taken_up_where_it_stopped(
    tmp_path: Path, plain_people: TrackletSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract_module, "CHUNK", 5)
    whole = extract_features(by_mean(), plain_people)

    def stop(done: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_features(by_mean(), plain_people, tmp_path, stop)
    network = MeanColour()
    extractor = by_mean(network, batch=1000)
    assert np.array_equal(extract_features(extractor, plain_people, tmp_path), whole)
    assert network.calls == 2
    assert np.array_equal(extract_features(extractor, plain_people, tmp_path), whole)
    assert network.calls == 2


def test_a_set_that_shares_tracklets_extracts_only_the_rest(tmp_path: Path, plain_people: TrackletSet) -> None:
    network = MeanColour()
    extractor = by_mean(network, batch=1000)
    first = extract_features(extractor, plain_people[:10], tmp_path)
    assert network.calls == 1
    backwards = TrackletSet(reversed(list(plain_people[:10])))
    assert np.array_equal(extract_features(extractor, backwards, tmp_path), first[::-1]) and network.calls == 1
    clips: list[int] = []
    network.register_forward_pre_hook(lambda _, inputs: clips.append(len(inputs[0])))
    whole = extract_features(extractor, plain_people, tmp_path)
    assert np.array_equal(whole[:10], first) and clips == [3 * 6]
    assert np.allclose(whole, extract_features(by_mean(), plain_people), atol=1e-6)
    other = MeanColour()
    with torch.no_grad():
        other.scale += 1
    extract_features(by_mean(other, batch=1000), plain_people, tmp_path)
    assert other.calls == 1


def test_the_key_changes_with_weights_sampling_and_frames(plain_people: TrackletSet) -> None:
    other = MeanColour()
    with torch.no_grad():
        other.scale += 1
    keys = {
        store_key(by_mean(), plain_people),
        store_key(by_mean(other), plain_people),
        store_key(by_mean(sampling=Sampling(4, 4)), plain_people),
        store_key(by_mean(mirror=True), plain_people),
        store_key(by_mean(), plain_people[1:]),
        store_key(by_mean(), make_tracklets(8, length=9)),
    }
    assert len(keys) == 6
    assert store_key(by_mean(), plain_people) in keys


def test_features_that_are_not_finite_name_the_tracklet(plain_people: TrackletSet) -> None:
    broken = MeanColour()
    with torch.no_grad():
        broken.scale.fill_(float("nan"))
    with pytest.raises(DataError, match="not finite for 1-1"):
        extract_features(by_mean(broken), plain_people)
    with pytest.raises(DataError, match="no tracklets"):
        extract_features(by_mean(), TrackletSet())


def test_a_damaged_store_is_named(tmp_path: Path, plain_people: TrackletSet) -> None:
    extract_features(by_mean(), plain_people, tmp_path)
    (stored,) = tmp_path.rglob("*.safetensors")
    stored.write_bytes(stored.read_bytes()[:40])
    with pytest.raises(DataError, match="damaged feature file"):
        extract_features(by_mean(), plain_people, tmp_path)
    with pytest.raises(DataError, match="damaged feature file"):
        feature_dim(stored)


def test_methods_by_name(tmp_path: Path, plain_people: TrackletSet) -> None:
    own = open_method("tests.features.test_extract:MeanColour")
    assert extract_features(own, plain_people).shape == (16, 3)
    assert extract_features(open_method("colour"), plain_people).shape == (16, 768)
    path = tmp_path / "small.safetensors"
    save_model(
        C3D(3, 0.02, (8, 32, 32)),
        path,
        Preprocessing(size=(32, 32), resize=None),
        Sampling(8, 8),
        {"features": {"layer": "fc6", "relu": False, "mirror": True}},
    )
    opened = open_model(path)
    assert (opened.layer, opened.relu, opened.mirror, opened.sampling.length) == ("fc6", False, True, 8)
    assert choose_method(None, str(path), None).name == "C3D small"


@pytest.mark.parametrize(
    ("spec", "error", "sentence"),
    [
        ("nope", RecipeError, "no method named 'nope'; there are"),
        ("no.such.module:Net", WeightsError, "cannot be made"),
        ("pathlib:Path", WeightsError, "not a torch.nn.Module"),
        ("onnx:/no/such.onnx", WeightsError, "no such network"),
    ],
)
def test_a_bad_method_is_one_sentence(spec: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        open_method(spec)


def test_exactly_one_source_of_features(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="exactly one"):
        choose_method(None, None, None)
    with pytest.raises(WeightsError, match="no trained network"):
        choose_method(tmp_path, None, None)
