"""STA and SI²DL, which describe the same steps."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from resight.datasets import open_dataset
from resight.errors import DataError, RecipeError, WeightsError
from resight.experiments.loss_curve import loss_curve
from resight.features import fragments
from resight.features.fisher import FisherEncoder
from resight.features.flow_energy import Fragment
from resight.features.fragments import FragmentDescriptor, learn_descriptor
from resight.methods import Matcher, open_trainable
from resight.methods.fragments import DESCRIPTOR
from resight.methods.si2dl import SI2DL, SI2DLExtractor
from resight.methods.sta import STA, STAExtractor, STASettings, damp
from resight.tracklets import TrackletSet
from tests.methods.small_world import chance, mean_ap, small_world

QUICK = {"gaussians": 4, "axes": 6, "restarts": 1}
SIZE = 24 * 2 * 4 * 6


@pytest.fixture(scope="module")
def sta(tmp_path_factory: pytest.TempPathFactory) -> tuple[STAExtractor, Path]:
    folder = tmp_path_factory.mktemp("sta")
    extractor = open_trainable("sta", **QUICK).train(small_world().train, folder)
    assert isinstance(extractor, STAExtractor)
    return extractor, folder


@pytest.fixture(scope="module")
def si2dl(sta: tuple[STAExtractor, Path], tmp_path_factory: pytest.TempPathFactory) -> SI2DLExtractor:
    """Trained where the descriptor has been learned already: it is taken up."""
    folder = tmp_path_factory.mktemp("si2dl")
    shutil.copy(sta[1] / DESCRIPTOR, folder / DESCRIPTOR)
    extractor = open_trainable("si2dl", **QUICK).train(small_world().train, folder)
    assert isinstance(extractor, SI2DLExtractor)
    told = extractor.metric.objective_[:, 1]
    assert loss_curve(folder / "metrics.csv") == [[n, pytest.approx(v, rel=1e-5)] for n, v in enumerate(told, start=1)]
    return extractor


def test_a_fragment_has_18432_numbers_each_unit_of_length_1() -> None:
    rng = np.random.default_rng(0)
    encoders = tuple(
        FisherEncoder(
            rng.uniform(0, 1, 24),
            np.linalg.qr(rng.normal(0, 1, (24, 12)))[0],
            np.full(32, 1 / 32),
            rng.normal(0, 0.3, (32, 12)),
            rng.uniform(0.05, 0.2, (32, 12)),
        )
        for _ in range(24)
    )
    options = STASettings().options
    assert options.size == STA.published().options.size == 18_432  # type: ignore[attr-defined]
    frames = small_world().train[0].load()
    found = FragmentDescriptor(options, encoders).describe(frames, [Fragment(0, 2, 4, 1), Fragment(1, 2, 3, -1)])
    assert found.features.shape == (2, 18_432) and found.features.dtype == np.float32
    assert_allclose(np.linalg.norm(found.features.reshape(2, 24, 768), axis=2), 1, atol=1e-5)
    assert_array_equal(found.directions, [1, -1])
    assert np.linalg.norm(found.mean()) == pytest.approx(1, abs=1e-6)


def test_sta_ranks_five_frames_far_above_chance(sta: tuple[STAExtractor, Path]) -> None:
    split = small_world()
    extractor = sta[0]
    assert isinstance(extractor, Matcher) and extractor.parameters > 24 * (24 + 24 * 6 + 4 + 2 * 24)
    mean, deviation = chance(split)
    found = extractor.distance(split.query, split.gallery)
    assert mean_ap(found, split) > mean + 4 * deviation
    part = extractor.distance(split.query[1:3], split.gallery[2:5])
    assert_allclose(part, found[1:3, 2:5], rtol=1e-9, atol=1e-9)


def test_sta_describes_a_tracklet_by_its_mean_step(sta: tuple[STAExtractor, Path]) -> None:
    extractor = sta[0]
    features = extractor.extract(small_world().query[:3])
    assert features.shape == (3, SIZE) and features.dtype == np.float32
    assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-6)
    assert_array_equal(extractor.extract(small_world().query[1:2])[0], features[1])
    with pytest.raises(DataError, match="no tracklets"):
        extractor.extract(TrackletSet())


def test_si2dl_ranks_five_frames_far_above_chance(si2dl: SI2DLExtractor, sta: tuple[STAExtractor, Path]) -> None:
    split = small_world()
    mean, deviation = chance(split)
    found = si2dl.distance(split.query, split.gallery)
    assert isinstance(si2dl, Matcher)
    assert mean_ap(found, split) > mean + 4 * deviation
    assert_allclose(si2dl.distance(split.query[1:3], split.gallery[2:5]), found[1:3, 2:5], rtol=1e-9, atol=1e-12)
    features = si2dl.extract(split.query[:3])
    assert features.shape == (3, 11), "one less than the twelve training people"
    assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-6)
    assert si2dl.descriptor.digest() == sta[0].descriptor.digest()
    assert si2dl.key() != sta[0].key()


def test_what_was_trained_is_loaded_in_the_same_bits(sta: tuple[STAExtractor, Path]) -> None:
    extractor, folder = sta
    again = open_trainable("sta", **QUICK).load(folder)
    assert isinstance(again, STAExtractor) and again.key() == extractor.key()
    few = small_world().query[:2]
    assert_array_equal(again.distance(few, few), extractor.distance(few, few))


def test_the_descriptor_depends_on_people_and_seed_alone() -> None:
    people = small_world().train[:4]
    options = STASettings(**QUICK).options  # type: ignore[arg-type]
    digests = [learn_descriptor(people, options, 0.01, 40, 100_000, 1, 1e-8, seed).digest() for seed in (0, 0, 1)]
    assert digests[0] == digests[1] != digests[2]


def test_of_many_tracklets_an_equal_part_is_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    people, options = small_world().train[:4], STASettings(**QUICK).options  # type: ignore[arg-type]
    sizes: list[int] = []
    whole = fragments.learn_encoder

    def counting(pixels: np.ndarray, *rest: Any) -> Any:
        sizes.append(len(pixels))
        return whole(pixels, *rest)

    monkeypatch.setattr(fragments, "learn_encoder", counting)
    learn_descriptor(people, options, 0.01, 40, 100, 1, 1e-8, 0)
    assert sizes == [4 * 25] * 24
    assert "most_pixels" not in STASettings().model_dump()  # what was trained before it was there is known again
    assert STASettings(most_pixels=500).model_dump()["most_pixels"] == 500


def test_too_many_steps_for_the_memory_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    people = open_dataset("synthetic", None, domain="prid", people=1500, frames=(200, 200)).tracklets
    for method in (STA, SI2DL):
        with pytest.raises(DataError, match="24,000 steps of 3,000 training tracklets need 11 GB"):
            method().train(people, tmp_path / method.name)


def test_a_rate_and_damaged_files_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="method sta: rate: input should be greater than 6"):
        open_trainable("sta", rate=5)
    (tmp_path / DESCRIPTOR).write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="not a stored descriptor of fragments"):
        FragmentDescriptor.load(tmp_path / DESCRIPTOR)


def test_damping_keeps_small_numbers_in_proportion() -> None:
    values = np.array([[0.0, 0.05, -0.1, 4.0]], np.float32)
    found = damp(values)[0]
    assert found[0] == 0 and found[3] == pytest.approx(4 * np.exp(-2) / np.sqrt(2 * np.pi), rel=1e-5)
    assert found[2] / found[1] == pytest.approx(-2, rel=0.001)
