from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from resight.errors import RecipeError
from resight.features.lbp_colour import lbp_colour
from resight.methods import Matcher, open_trainable
from resight.methods.rfa import RFA, step_loss
from resight.methods.rfa_descriptors import check_memory, describe, describe_people, memory_needed, sequence
from resight.methods.rfa_matching import RFAExtractor, choose_ranking, comparisons_of
from resight.metrics import Cosine, Euclidean, RankSVM
from resight.models.rfa import RecurrentAggregation
from resight.tracklets import TrackletSet
from tests.conftest import make_tracklets
from tests.methods.small_world import chance, losses, mean_ap, small_world, unseen_people

SHORT = {
    "iterations": 80,
    "step_at": 60,
    "dimensions": 256,
    "projection_frames": 80,
    "hidden": 64,
    "draws": 3,
    "ranksvm_c": (1.0,),
}


class ManyFrames:
    """As many frames as MARS's tracklets have, none of which is ever read."""

    def __len__(self) -> int:
        return 500_000

    def fingerprint(self) -> str:
        return "many"


def test_sequences_are_consecutive_frames_and_short_tracklets_go_round() -> None:
    rng = np.random.default_rng(0)
    starts = set()
    for _ in range(200):
        found = sequence(13, 10, rng)
        assert_array_equal(found, found[0] + np.arange(10))
        starts.add(int(found[0]))
    assert starts == {0, 1, 2, 3}
    assert sequence(4, 10, rng).tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]


def test_the_loss_is_the_mean_of_softmax_over_steps() -> None:
    torch.manual_seed(0)
    network = RecurrentAggregation(5, 4, num_classes=3, dropout=0.0)
    sequences, labels = torch.randn(2, 6, 5), torch.tensor([2, 0])
    logits = network(sequences)
    steps = [nn.functional.cross_entropy(logits[:, t], labels) for t in range(6)]
    torch.testing.assert_close(step_loss(network, (sequences, labels)), torch.stack(steps).mean())


def test_half_precision_keeps_histograms_exactly() -> None:
    tracklet = make_tracklets(1, length=2)[0]
    exact, kept = lbp_colour(tracklet.load()), describe(tracklet, None)
    assert kept.dtype == np.float16
    patches, rounded = (values.astype(np.float64).reshape(2, 225, 262) for values in (exact, kept))
    assert_array_equal(rounded[..., :256], patches[..., :256])
    assert_allclose(rounded[..., 256:], patches[..., 256:], atol=2**-11)
    assert [rows.shape for rows in describe_people(make_tracklets(1, length=3), None, None)] == [(3, 58_950)] * 2


def test_too_large_a_training_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    people = make_tracklets(2)
    huge = TrackletSet(type(t)(t.person, t.camera, t.domain, t.key, ManyFrames()) for t in people)  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match=r"the LSTM and the frames' descriptors would need about 2\d\d\.\d GB"):
        open_trainable("rfa", published=True).train(huge, tmp_path)
    assert not (tmp_path / "network.json").exists()
    with pytest.raises(RecipeError, match=r"the projection would need .* more than memory_gb = 8"):
        open_trainable("rfa", projection_frames=40_000).train(people, tmp_path / "other")


def test_the_published_form_fits_prids_training_half_into_8_gb() -> None:
    published = RFA.published()
    prid = make_tracklets(1, cameras=178, length=100, size=(1, 1))
    needed = memory_needed(prid, 58_950, 512, 0, False, 1_780 * 5_120, 178 * 10 * 5_120)
    assert published.memory_gb == 8 and published.projection == "none"
    check_memory(8, needed)
    # 17,800 frames of 58,950 halves, and six times 121.8 M weights of four bytes
    assert needed["the LSTM and the frames' descriptors"] == pytest.approx(0.5e9 + 2.10e9 + 2.92e9, rel=0.01)
    # the weights once, 1,780 differences and 1,780 draws of 5,120 numbers of four bytes
    assert needed["the RankSVM"] == pytest.approx(0.5e9 + 0.49e9 + 0.073e9, rel=0.01)


def extractor(ranking: RankSVM | None = None, draws: int = 3) -> RFAExtractor:
    torch.manual_seed(0)
    network = RecurrentAggregation(58_950, 6)
    return RFAExtractor("rfa", network, None, ranking, length=4, draws=draws)


def test_distances_are_averaged_over_draws_and_independent_of_the_rest_of_the_set() -> None:
    tracklets, made = make_tracklets(3, length=9), extractor()
    sequences = made.sequences(tracklets)
    assert sequences.shape == (6, 3, 24)
    assert_allclose(np.linalg.norm(sequences, axis=2), 1, atol=1e-6)
    assert not np.array_equal(sequences[:, 0], sequences[:, 1])
    order = [4, 0, 5, 2]
    assert_array_equal(made.sequences(tracklets.select(order)), sequences[order])
    assert_array_equal(made.extract(tracklets.select(order)), made.extract(tracklets)[order])
    found = made.distance(tracklets[:2], tracklets[2:])
    by_draw = [Cosine().distance(sequences[:2, i], sequences[2:, i]) for i in range(3)]
    assert_allclose(found, sum(by_draw) / 3, atol=1e-12)
    alone = made.distance(tracklets[1:2], tracklets[3:5])
    assert_allclose(alone, made.distance(tracklets, tracklets)[1:2, 3:5], atol=1e-12)


def test_a_tracklet_of_few_frames_is_described() -> None:
    tracklets = make_tracklets(1, length=2)
    assert np.isfinite(extractor().extract(tracklets)).all()


def test_the_ranking_learns_which_differences_matter() -> None:
    people = make_tracklets(12)
    rng = np.random.default_rng(0)
    own = rng.normal(size=(12, 1, 3))
    sequences = np.concatenate([own[people.labels()].repeat(2, 1), 5 * rng.normal(size=(24, 2, 3))], axis=2)
    ranking = choose_ranking(sequences.astype(np.float32), people, (0.01, 1.0), seed=0)
    assert ranking.C in (0.01, 1.0)
    assert ranking.weights_[:3].min() > 0 and np.abs(ranking.weights_[3:]).max() < ranking.weights_[:3].min()
    # Two tracklets a person: each of 12 pairs from both ends, ten others each.
    assert comparisons_of(people) == 240


def test_the_loss_falls_and_unseen_people_are_told_apart(tmp_path: Path) -> None:
    people, split = small_world().train, unseen_people()
    trained = open_trainable("rfa", **SHORT).train(people, tmp_path, seed=0)
    found = losses(tmp_path)
    assert found[-1] < found[0] / 2
    query, gallery = trained.extract(split.query), trained.extract(split.gallery)
    assert query.shape == (len(split.query), 640)
    mean, spread = chance(split)
    assert mean_ap(Euclidean().distance(query, gallery), split) > mean + 3 * spread
    assert isinstance(trained, Matcher)
    own = trained.distance(split.query, split.gallery)
    assert mean_ap(own, split) > mean + spread
    again = open_trainable("rfa", **SHORT).load(tmp_path)
    assert isinstance(again, Matcher) and again.key() == trained.key()
    assert_array_equal(again.distance(split.query, split.gallery), own)
