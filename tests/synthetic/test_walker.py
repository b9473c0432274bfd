from __future__ import annotations

import numpy as np
import pytest

from resight.synthetic.atlas import layout
from resight.synthetic.walker import Causes, Walker, make_walker

FRAMES = 40


def _walk(walker: Walker, seed: int = 0, heading: float = 0.0, frames: int = FRAMES, ratio: float = 1.0) -> np.ndarray:
    times = np.arange(frames) / 25
    positions = np.outer(times * walker.speed * ratio, [np.cos(heading), np.sin(heading)])
    return walker.pose(times, positions, np.full(frames, heading), np.random.default_rng(seed))[0]


def _same(one: Walker, other: Walker) -> bool:
    return np.array_equal(one.atlas, other.atlas) and np.array_equal(one.skin.vertices, other.skin.vertices)


def test_a_walker_is_bit_equal_from_the_seed_in_any_order() -> None:
    causes = Causes(3, "prid", 17, day=2)
    first = make_walker(causes)
    walked = _walk(first)
    make_walker.cache_clear()
    for person in (5, 18, 2):
        _walk(make_walker(Causes(3, "prid", person)))
    again = make_walker(causes)
    assert again is not first and _same(first, again)
    np.testing.assert_array_equal(walked, _walk(again))


def test_seed_domain_and_person_each_make_another_person() -> None:
    first = make_walker(Causes(0, "prid", 1))
    for causes in (Causes(1, "prid", 1), Causes(0, "ilids", 1), Causes(0, "prid", 2)):
        other = make_walker(causes)
        assert other.height != first.height and other.gait != first.gait


def test_a_day_changes_clothes_only() -> None:
    days = [make_walker(Causes(0, "prid", 4, day=day)) for day in (1, 2, 3)]
    assert len({day.outfit for day in days}) == 3
    for day in days[1:]:
        assert day.gait == days[0].gait and day.looks == days[0].looks
        np.testing.assert_array_equal(day.body.vertices, days[0].body.vertices)
        assert not np.array_equal(day.atlas, days[0].atlas)


def test_twins_differ_in_gait_alone_and_null_twins_in_nothing() -> None:
    model = make_walker(Causes(0, "prid", 3))
    twin = make_walker(Causes(0, "prid", 8, body_of=3, clothes_of=3))
    null = make_walker(Causes(0, "prid", 8, body_of=3, clothes_of=3, gait_of=3))
    assert _same(model, twin) and _same(model, null)
    assert twin.gait == make_walker(Causes(0, "prid", 8)).gait != model.gait
    assert np.abs(_walk(twin) - _walk(model)).max() > 0.02
    np.testing.assert_array_equal(_walk(null), _walk(model))


def test_the_same_clothes_on_two_people() -> None:
    people = [make_walker(Causes(0, "prid", person, outfits=2)) for person in range(1, 7)]
    assert len({person.outfit.folds for person in people}) == 2
    assert len({person.height for person in people}) == 6


def test_the_gait_scale_leaves_body_and_clothes() -> None:
    calm, wild = (make_walker(Causes(0, "prid", 6, gait_scale=scale)) for scale in (0.0, 2.0))
    assert _same(calm, wild)
    assert np.linalg.norm(calm.gait.vector()) < 1e-9 < 3 < np.linalg.norm(wild.gait.vector())


def test_two_hundred_people_walk_on_the_ground_without_a_nan() -> None:
    for person in range(1, 201):
        walker = make_walker(Causes(7, "mars", person))
        times = np.array([0.0, 0.4, 0.8])
        positions = np.outer(times * walker.speed, [0.6, 0.8])
        vertices, normals = walker.pose(times, positions, np.full(3, 0.927), np.random.default_rng(person))
        assert np.isfinite(vertices).all() and np.isfinite(normals).all()
        assert 0.5 < walker.speed < 2.2
        assert abs(vertices[:, : len(layout().source), 2].min(axis=1)).max() < 1e-3
        assert vertices[..., 2].max() < 1.25 * walker.height
        assert np.ptp(vertices[..., :2], axis=1).max() < 1.9


def test_the_standing_foot_stays_where_it_is() -> None:
    foot = layout().vertex["foot"][layout().source] > 0.6
    slides, stood = [], []
    for person in range(1, 13):
        soles = _walk(make_walker(Causes(0, "prid", person)), person, 0.7)[:, : len(foot)][:, foot].astype(float)
        down = (soles[1:, :, 2] < 0.003) & (soles[:-1, :, 2] < 0.003)
        moved = np.where(down, np.linalg.norm(np.diff(soles[..., :2], axis=0), axis=2), np.inf).min(axis=1)
        slides.append(moved[np.isfinite(moved)])
        stood.append(np.isfinite(moved))
    assert np.concatenate(stood).mean() > 0.9
    assert np.percentile(np.concatenate(slides), 95) < 0.002
    assert np.median(np.concatenate(slides)) < 0.0005


@pytest.mark.parametrize("ratio", [0.4, 1.0, 1.6])
def test_the_body_keeps_to_the_path_at_any_speed(ratio: float) -> None:
    walker = make_walker(Causes(0, "prid", 2))
    vertices = _walk(walker, 1, 0.5, 60, ratio)
    way = vertices[:, :, :2].mean(axis=1)
    path = np.outer(np.arange(60) / 25 * walker.speed * ratio, [np.cos(0.5), np.sin(0.5)])
    assert np.linalg.norm(way - path, axis=1).max() < 0.25


def test_who_does_not_move_stands_on_both_feet() -> None:
    walker = make_walker(Causes(0, "prid", 2))
    vertices = _walk(walker, 1, 0.0, 20, 0.0)[:, : len(layout().source)]
    left = layout().vertex["x"][layout().source] > 0
    foot = layout().vertex["foot"][layout().source] > 0.6
    for side in (left, ~left):
        assert vertices[:, foot & side, 2].min(axis=1).max() < 0.004
    assert np.abs(np.diff(vertices, axis=0)).max() < 0.002


def test_faster_is_both_longer_and_quicker_steps() -> None:
    walker = make_walker(Causes(0, "prid", 2))
    spread = [np.ptp(_walk(walker, 1, 0.0, 60, ratio)[..., 0], axis=1).max() for ratio in (0.5, 1.0, 1.5)]
    assert spread[0] < spread[1] < spread[2]


def test_people_look_where_they_go() -> None:
    walker = make_walker(Causes(0, "prid", 2))
    foot = layout().vertex["foot"][layout().source] > 0.6
    back = layout().vertex["back"][layout().source] > 0.5
    for heading in (0.0, 2.0, -1.0):
        vertices = _walk(walker, 1, heading)[:, : len(foot)]
        ahead = (vertices[:, foot & ~back, :2].mean(axis=1) - vertices[:, foot & back, :2].mean(axis=1)).mean(axis=0)
        assert ahead @ [np.cos(heading), np.sin(heading)] > 0.9 * np.linalg.norm(ahead)


def test_normals_point_outwards() -> None:
    walker = make_walker(Causes(0, "prid", 2))
    vertices, normals = walker.pose(np.zeros(1), np.zeros((1, 2)), np.zeros(1), np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(normals, axis=2), 1, atol=1e-3)
    torso = layout().vertex["torso"][layout().source] > 0.9
    out = vertices[0, : len(torso)][torso] - vertices[0, : len(torso)][torso].mean(axis=0)
    assert (np.sign((out[:, :2] * normals[0, : len(torso)][torso][:, :2]).sum(axis=1)) > 0).mean() > 0.9


def test_the_walk_starts_anywhere_in_the_cycle() -> None:
    walker = make_walker(Causes(0, "prid", 2))
    firsts = np.stack([_walk(walker, seed, frames=2)[0] for seed in range(6)])
    apart = np.abs(firsts[:, None] - firsts[None]).max(axis=(2, 3))
    assert apart[~np.eye(6, dtype=bool)].min() > 0.02
