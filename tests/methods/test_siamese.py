from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import DataError, ResightError
from resight.features.colour_motion import ChannelCache, ColourMotion
from resight.methods import open_trainable
from resight.methods.base import Matcher
from resight.methods.siamese import SiameseSettings
from resight.methods.siamese_loss import contrastive, pair_loss
from resight.methods.siamese_matching import SiameseExtractor
from resight.methods.siamese_pairs import PairSampler, crop
from resight.models.astpn import ASTPN, attentive_pooling
from resight.models.rcn import RCN
from resight.models.two_stream import TwoStream
from resight.tracklets import TrackletSet
from tests.conftest import make_tracklets
from tests.methods.small_world import chance, losses, mean_ap, small_world, unseen_people

NAMES = ("rcn", "astpn", "two-stream")
TINY: dict[str, Any] = {"iterations": 3, "pairs": 2, "length": 4, "features": 8, "shifts": 1}


def sampler(people: TrackletSet, length: int = 4, seed: int = 5) -> PairSampler:
    return PairSampler(people, ChannelCache(people, ColourMotion(), 1.0), length, seed)


def network_of(name: str, classes: int = 4) -> nn.Module:
    torch.manual_seed(0)
    kinds = {"rcn": RCN, "astpn": ASTPN, "two-stream": TwoStream}
    return kinds[name](classes, features=8, dropout=0.0)


@pytest.mark.parametrize("form", ["code", "paper"])
def test_contrastive_loss_and_its_gradient(form: Any) -> None:
    distance = torch.tensor([0.5, 0.5, 3.0], dtype=torch.float64, requires_grad=True)
    same = torch.tensor([True, False, False])
    expected = [0.5, 1.5, 0.0] if form == "code" else [0.125, 1.125, 0.0]
    assert contrastive(distance, same, 2.0, form).tolist() == pytest.approx(expected)
    assert torch.autograd.gradcheck(lambda d: contrastive(d, same, 2.0, form), (distance,))


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_of_pairs_has_the_mean_gradient_of_its_pairs(name: str) -> None:
    network, pairs = network_of(name), sampler(make_tracklets(4)).batch(0, 4)
    pair_loss(network, pairs, 2.0).backward()
    together = {key: p.grad.clone() for key, p in network.named_parameters() if p.grad is not None}
    network.zero_grad()
    for i in range(4):
        (pair_loss(network, (pairs[0][i : i + 1], pairs[1][i : i + 1]), 2.0) / 4).backward()
    apart = {key: p.grad for key, p in network.named_parameters() if p.grad is not None}
    assert together.keys() == apart.keys() == dict(network.named_parameters()).keys()
    for key, gradient in together.items():
        torch.testing.assert_close(gradient, apart[key], rtol=1e-3, atol=1e-6, msg=key)


def test_two_sequences_alike_have_a_finite_gradient() -> None:
    network, (sequences, _) = network_of("rcn"), sampler(make_tracklets(4)).batch(0, 1)
    pair_loss(network, (sequences[:, :1].repeat(1, 2, 1, 1, 1, 1), torch.tensor([[0, 0]])), 2.0).backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


def test_pairs_are_in_turn_of_two_people_and_of_one() -> None:
    people = make_tracklets(5, cameras=3)
    drawn = sampler(people)
    assert drawn.round == 10
    chosen = [drawn.choose(number) for number in range(20)]
    for a, b in chosen[::2]:
        assert people[a].person != people[b].person
    for a, b in chosen[1::2]:
        assert people[a].person == people[b].person and people[a].camera < people[b].camera
    for part in (chosen[1:10:2], chosen[11::2]):
        assert sorted(people[a].person for a, _ in part) == [1, 2, 3, 4, 5]
    assert any(people[a].camera == people[b].camera for a, b in (drawn.choose(n) for n in range(0, 60, 2)))
    assert [sampler(people).choose(n) for n in range(20)] == chosen
    assert [sampler(people, seed=6).choose(n) for n in range(20)] != chosen


def test_people_with_one_camera_or_one_tracklet() -> None:
    people = make_tracklets(3)
    alone = TrackletSet([people[0], people[1], people[2]])  # the second person has one tracklet
    drawn = sampler(alone)
    assert {drawn.choose(n) for n in (1, 3, 5)} == {(0, 1)}
    one_camera = TrackletSet([t for t in make_tracklets(2) + make_tracklets(2) if t.camera == 1])
    assert all(people_of(one_camera, sampler(one_camera).choose(n)) in ((1, 1), (2, 2)) for n in (1, 3))
    with pytest.raises(DataError, match="somebody with two"):
        sampler(TrackletSet([people[0], people[2]]))


def people_of(people: TrackletSet, pair: tuple[int, int]) -> tuple[int, int]:
    assert pair[0] != pair[1]
    return people[pair[0]].person, people[pair[1]].person


def test_the_size_of_a_batch_does_not_change_its_pairs_and_short_tracklets_are_repeated() -> None:
    people = make_tracklets(4, length=3)
    drawn = sampler(people, length=7)
    sequences, labels = drawn.batch(1, 4)
    assert sequences.shape == (4, 2, 7, 5, 56, 40) and labels.shape == (4, 2)
    for i in range(4):
        one, label = drawn.batch(4 + i, 1)
        assert torch.equal(one[0], sequences[i]) and torch.equal(label[0], labels[i])
    assert torch.equal(sequences[:, :, 3:6], sequences[:, :, :3]) and torch.equal(
        sequences[:, :, 6], sequences[:, :, 0]
    )


def test_crops() -> None:
    channels = np.arange(64 * 48, dtype=np.float32).reshape(1, 1, 64, 48)
    assert crop(channels, 8, 8, False)[0, 0, -1, -1] == channels[0, 0, -1, -1]
    np.testing.assert_array_equal(crop(channels, 3, 5, True)[0, 0], channels[0, 0, 3:59, 5:45][:, ::-1])


def test_torch7s_dampening() -> None:
    weight = nn.Parameter(torch.zeros(1))
    optimiser = SiameseSettings(solver="sgd", lr=0.1).optimiser([weight])
    for _ in range(5):
        weight.grad = torch.ones(1)
        optimiser.step()
    # A steady gradient of 1 moves the weight by lr a step; without dampening it would be 0.1 · 13.7 after five.
    assert weight.item() == pytest.approx(-0.5)


def test_the_published_schedule() -> None:
    settings = {name: open_trainable(name, published=True).settings for name in NAMES}
    for name, own in settings.items():
        assert isinstance(own, SiameseSettings)
        assert (own.pairs, own.solver, own.momentum, own.dampening, own.lr) == (1, "sgd", 0.9, 0.9, 1e-3), name
        assert own.steps(178) == own.epochs * 178 == (124_600 if name == "astpn" else 178_000)
        assert [own.factor(10)(step) for step in (0, 9)] == [1.0, 1.0]
    assert [getattr(settings[name], "margin") for name in NAMES] == [2.0, 3.0, 2.0]  # noqa: B009
    factors = [SiameseSettings().factor(8)(step) for step in range(9)]
    assert all(a > b for a, b in pairwise(factors)) and factors[4] == pytest.approx(0.5)


@pytest.mark.parametrize("name", NAMES)
def test_a_method_is_trained_loaded_and_matches(name: str, tmp_path: Path) -> None:
    people = make_tracklets(4, length=6)
    trained = open_trainable(name, **TINY).train(people, tmp_path)
    assert isinstance(trained, Matcher)
    features = trained.extract(people)
    assert features.shape == (8, 16 if name == "two-stream" else 8) and features.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, rtol=1e-5)
    distances = trained.distance(people[:3], people)
    assert distances.shape == (3, 8) and distances.dtype == np.float64 and (distances > -1e-9).all()
    again = open_trainable(name, **TINY).load(tmp_path)
    assert again.key() == trained.key()
    # Whatever else is in the set: alone, and in another order.
    np.testing.assert_array_equal(again.distance(people[1:2], people[::-1])[0, ::-1], distances[1])
    np.testing.assert_array_equal(again.extract(people[2:3])[0], features[2])


@pytest.mark.parametrize("attends", [True, False])
def test_attention_of_all_pairs_is_that_of_each(attends: bool) -> None:
    people = TrackletSet([*make_tracklets(2, length=5), *make_tracklets(2, length=3)])
    network = network_of("astpn").eval()
    extractor = SiameseExtractor("astpn", network, ColourMotion(), frames=4, shifts=2, attends=attends)
    found = extractor.distance(people[1:3], people)
    query, gallery = people[1], people[2]
    total = 0.0
    for shift in (1, 2):
        for mirrored in (False, True):
            parts = [ColourMotion().read(query, 0, 4), ColourMotion().read(gallery, 1, 5)]
            p, g = (network.steps(torch.from_numpy(crop(c, shift, shift, mirrored).copy())[None]) for c in parts)
            with torch.inference_mode():
                v_p, v_g = attentive_pooling(p, g, network.similarity)
                if not attends:  # as the released test program: the first output of a sequence with itself
                    v_p, v_g = (attentive_pooling(x, x, network.similarity)[0] for x in (p, g))
            total += float((v_p - v_g).norm())
    assert found[0, 2] == pytest.approx(total, rel=1e-4)


def test_weights_of_the_streams_and_too_little_memory() -> None:
    people = make_tracklets(2, length=2)
    network = network_of("two-stream")
    plain, other = (SiameseExtractor("two", network, ColourMotion(), shifts=1) for _ in range(2))
    both = plain.distance(people[:2], people)
    parts = []
    for weights in ((1.0, 0.0), (0.0, 1.0)):
        network.weights = weights
        parts.append(other.distance(people[:2], people))
    np.testing.assert_allclose(both, 2 * parts[0] + parts[1], rtol=1e-9)
    small = SiameseExtractor("astpn", network_of("astpn"), ColourMotion(), attends=True, limit_gb=1e-6)
    with pytest.raises(ResightError, match="matching to self"):
        small.distance(people[:1], people)


def test_the_loss_falls_and_unseen_people_are_told_apart(tmp_path: Path) -> None:
    people, split = small_world().train, unseen_people()
    short = {"iterations": 30, "pairs": 4, "length": 6, "features": 32, "dropout": 0.0, "lr": 3e-3, "shifts": 1}
    trained = open_trainable("rcn", **short).train(people, tmp_path)
    assert isinstance(trained, Matcher)
    found = losses(tmp_path)
    assert np.mean(found[-10:]) < 0.8 * np.mean(found[:20])  # a row a step
    mean, spread = chance(split)
    assert mean_ap(trained.distance(split.query, split.gallery), split) > mean + 3 * spread


def test_two_people_of_a_pair_are_of_one_data_set() -> None:
    first, lone = make_tracklets(3), make_tracklets(1)
    people = TrackletSet(
        replace(t, domain=name) for name, part in (("a", first), ("b", first), ("c", lone)) for t in part
    )
    drawn = sampler(people)
    domains = [tuple(people[i].domain for i in drawn.choose(number)) for number in range(0, 100, 2)]
    assert set(domains) == {("a", "a"), ("b", "b")}
    lonely = TrackletSet(replace(t, domain=name) for name in "ab" for t in lone)
    with pytest.raises(DataError, match="two people of one data set"):
        sampler(lonely)
