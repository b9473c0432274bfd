from __future__ import annotations

import numpy as np
import pytest

from resight.errors import RecipeError
from resight.synthetic.atlas import layout
from resight.synthetic.motion import GOING, NAMES, PAIRS, act
from resight.synthetic.walker import Causes, Walker, make_walker

TIMES = np.arange(30) / 15


@pytest.fixture(scope="module")
def walker() -> Walker:
    return make_walker(Causes(0, "prid", 2))


def _do(walker: Walker, action: str, seed: int = 0) -> np.ndarray:
    positions = np.outer(TIMES * walker.speed_of(action), [1.0, 0.0])
    vertices = walker.pose(TIMES, positions, np.zeros(30), np.random.default_rng(seed), action)[0]
    return vertices[:, : len(layout().source)]


def _mean(walker: Walker, vertices: np.ndarray, part: str) -> np.ndarray:
    return vertices[:, layout().vertex[part][layout().source] > 0.8].mean(axis=1)


def test_there_are_many_actions() -> None:
    assert len(set(NAMES)) >= 13
    for pair in PAIRS:
        assert set(pair) <= set(NAMES)


@pytest.mark.parametrize("action", NAMES)
def test_everything_is_done_on_the_ground_and_in_one_piece(walker: Walker, action: str) -> None:
    vertices = _do(walker, action)
    assert np.isfinite(vertices).all()
    assert vertices[..., 2].min() > -1e-3
    off = vertices[..., 2].min(axis=1)
    assert (off < 1e-3).mean() > (0.3 if action == "run" else 0.7)
    edges = layout().faces[:, :2]
    length = np.linalg.norm(vertices[:, edges[:, 0]] - vertices[:, edges[:, 1]], axis=2)
    rest = np.linalg.norm(walker.skin.vertices[edges[:, 0]] - walker.skin.vertices[edges[:, 1]], axis=1)
    assert (length - rest).max() < 0.16


def test_people_go_forward_by_themselves_and_stay_where_they_act(walker: Walker) -> None:
    for action in NAMES:
        speed = walker.speed_of(action)
        assert (speed > 0.3) == (action in GOING)
    assert walker.speed_of("run") > 1.3 * walker.speed > walker.speed_of("limp")


@pytest.mark.parametrize("pair", PAIRS[2:])
def test_one_of_a_pair_ends_where_the_other_begins(walker: Walker, pair: tuple[str, str]) -> None:
    one, other = (act(name, walker.gait, 1.8, TIMES, np.random.default_rng(3)).angles for name in pair)
    np.testing.assert_allclose(one[0], other[-1], atol=1e-9)
    np.testing.assert_allclose(one[-1], other[0], atol=1e-9)
    assert np.abs(one[0] - one[-1]).max() > 0.5


def test_left_is_not_right(walker: Walker) -> None:
    left, right = (
        act(name, walker.gait, 1.8, TIMES, np.random.default_rng(3)).yaw for name in ("turn_left", "turn_right")
    )
    assert np.all(np.diff(left) >= 0) and np.ptp(left) > 1.5
    np.testing.assert_allclose(left, -right)


def test_who_walks_backward_faces_away(walker: Walker) -> None:
    back = layout().vertex["back"][layout().source] > 0.5
    torso = layout().vertex["torso"][layout().source] > 0.8
    for action, sign in (("walk", 1), ("walk_backward", -1)):
        vertices = _do(walker, action)
        facing = vertices[:, torso & ~back, 0].mean() - vertices[:, torso & back, 0].mean()
        assert sign * facing > 0.03
        assert vertices[-1, :, 0].mean() - vertices[0, :, 0].mean() > 0.8


def test_actions_do_what_their_names_say(walker: Walker) -> None:
    height = walker.height
    seat = _mean(walker, _do(walker, "sit_down"), "torso")[:, 2]
    assert seat[0] - seat[-1] > 0.2 * height
    hand = _do(walker, "pick_up")[:, layout().vertex["hand"][layout().source] > 0.8, 2].min(axis=1)
    assert hand.min() < 0.25 * height < hand[0]
    assert _do(walker, "jump")[..., 2].min(axis=1).max() > 0.03
    assert _do(walker, "wave")[..., 2][:, layout().vertex["hand"][layout().source] > 0.8].max() > 0.9 * height
    assert np.ptp(_mean(walker, _do(walker, "phone"), "hand")[:, 2]) > 0.1
    knees = _do(walker, "climb")[:, layout().vertex["foot"][layout().source] > 0.8, 2].max()
    assert knees > _do(walker, "walk")[:, layout().vertex["foot"][layout().source] > 0.8, 2].max()


def test_an_unknown_action_is_refused_by_name(walker: Walker) -> None:
    with pytest.raises(RecipeError, match="no action named 'fly'"):
        _do(walker, "fly")


def test_the_same_action_differs_from_time_to_time(walker: Walker) -> None:
    one, other = _do(walker, "sit_down", 0), _do(walker, "sit_down", 1)
    assert np.abs(one - other).max() > 0.005
