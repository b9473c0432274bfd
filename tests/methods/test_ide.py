from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

from resight.clips import Augmentation, Preprocessing
from resight.errors import RecipeError
from resight.methods import open_trainable
from resight.methods.frame_batches import FrameBatches
from resight.methods.ide import IDE, IDESettings
from resight.methods.solver import Solver
from resight.metrics import Euclidean
from tests.conftest import make_tracklets
from tests.methods.small_world import chance, losses, mean_ap, small_world, unseen_people

SHORT = {"iterations": 60, "step_at": 40, "width": 0.125, "features": 64, "batch": 16, "dropout": 0.0}


def batches(plain: bool = True) -> FrameBatches:
    augmentation = Augmentation(crop=False, mirror=0.0 if plain else 0.5)
    return FrameBatches(make_tracklets(3, length=5), Preprocessing(size=(40, 20), resize=None), augmentation, 1, 1.0)


def test_every_frame_is_drawn_once_before_any_comes_again() -> None:
    made = batches()
    assert made.total == 30
    known = {frame.tobytes(): label for t, label in zip(made.people, made.labels, strict=True) for frame in t.load()}
    frames, labels = zip(*(made.frames(step, 12) for step in range(5)), strict=True)
    drawn = [frame.tobytes() for frame in torch.cat(frames).numpy()]
    assert len(set(drawn[:30])) == len(set(drawn[30:])) == 30 and drawn[:30] != drawn[30:]
    assert torch.cat(labels).tolist() == [known[frame] for frame in drawn]


def test_a_batch_follows_from_the_step_whatever_was_drawn_before() -> None:
    first, second = batches(plain=False), batches(plain=False)
    second.fill(None)
    for step in (3, 0, 7):
        for one, other in zip(first.frames(step, 4), second.frames(step, 4), strict=True):
            assert torch.equal(one, other)
    assert not torch.equal(first.frames(0, 4)[0], first.frames(1, 4)[0])


@pytest.mark.parametrize("length", [3, 8])
def test_a_clip_has_one_frame_of_every_part_in_order(length: int) -> None:
    made = batches()
    places = [{frame.tobytes(): i for i, frame in enumerate(t.load())} for t in made.people]
    clips, labels = made.clips(0, 6, length)
    assert clips.shape == (6, length, 40, 20, 3)
    owners = []
    for clip, label in zip(clips.numpy(), labels, strict=True):
        (owner,) = (i for i, known in enumerate(places) if clip[0].tobytes() in known)
        assert made.labels[owner] == label
        found = np.array([places[owner][frame.tobytes()] for frame in clip])
        parts = np.arange(length) * 5 / length
        assert (found >= np.floor(parts)).all() and (found < parts + 5 / length).all()
        owners.append(owner)
    assert sorted(owners) == list(range(6))


def test_the_solver_is_caffes() -> None:
    solver = Solver(lr=0.1, step_at=10, gamma=0.5, bias_rate=2, weight_decay=0.01)
    assert [solver.factor(step) for step in (0, 9, 10, 25)] == [1, 1, 0.5, 0.25]
    layer = nn.Linear(2, 1)
    before = {name: p.detach().clone() for name, p in layer.named_parameters()}
    layer(torch.tensor([[3.0, 5.0]])).sum().backward()
    solver.optimiser(list(layer.parameters())).step()
    gradient = torch.tensor([[3.0, 5.0]]) + 0.01 * before["weight"]
    torch.testing.assert_close(layer.weight.detach(), before["weight"] - 0.1 * gradient)
    torch.testing.assert_close(layer.bias.detach(), before["bias"] - 0.2)


def test_the_schedule_is_stretched_to_the_epochs_wanted() -> None:
    published = IDE.published()
    assert published.stretched(12_936) == published
    # 20 times over MARS's 509,914 boxes, 64 at a time
    mars = published.stretched(509_914)
    assert (mars.iterations, mars.step_at) == (159_349, 63_740)


def test_the_published_network_is_the_papers() -> None:
    published = IDE.published()
    with torch.device("meta"):
        network = published.caffenet(625)
    assert network.fc6.in_features == 9_216 and network.feature_dim == 1_024
    assert published.preprocessing.std == (1, 1, 1) and published.preprocessing.mean == (104, 117, 124)


def test_the_loss_falls_and_unseen_people_are_told_apart(tmp_path: Path) -> None:
    people, split = small_world().train, unseen_people()
    method = open_trainable("ide", **SHORT)
    trained = method.train(people, tmp_path, seed=0)
    found = losses(tmp_path)
    assert found[-1] < found[0] / 2
    query, gallery = trained.extract(split.query), trained.extract(split.gallery)
    assert query.shape == (40, 64)
    mean, spread = chance(split)
    assert mean_ap(Euclidean().distance(query, gallery), split) > mean + 3 * spread
    again = open_trainable("ide", **SHORT).load(tmp_path)
    assert_array_equal(again.extract(split.query), query)
    assert again.key() == trained.key()
    averaged = open_trainable("ide", **SHORT, pool="mean").load(tmp_path)
    assert averaged.key() != trained.key() and not np.array_equal(averaged.extract(split.query), query)


def test_settings_are_checked() -> None:
    assert isinstance(open_trainable("ide", published=True).settings, IDESettings)
    with pytest.raises(RecipeError, match="ide: pool"):
        open_trainable("ide", pool="median")
