from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resight.clips import Sampling
from resight.errors import DataError, RecipeError


def test_c3d_rule_starts_every_eight_frames_and_ends_at_the_end() -> None:
    assert Sampling().starts(16) == [0]
    assert Sampling().starts(32) == [0, 8, 16]
    assert Sampling().starts(37) == [0, 8, 16, 21]
    assert Sampling().clips(37)[-1].tolist() == list(range(21, 37))


def test_short_tracklets_are_repeated_in_a_cycle_or_hold_the_last_frame() -> None:
    assert Sampling(length=6).clips(4).tolist() == [[0, 1, 2, 3, 0, 1]]
    assert Sampling(length=6, pad="last").clips(4).tolist() == [[0, 1, 2, 3, 3, 3]]


def test_a_frame_step_takes_every_second_frame() -> None:
    sampling = Sampling(length=4, stride=3, step=2)
    assert sampling.span == 7
    assert sampling.clips(10).tolist() == [[0, 2, 4, 6], [3, 5, 7, 9]]


@given(st.integers(1, 200), st.integers(1, 20), st.integers(1, 10), st.integers(1, 4))
def test_every_clip_is_inside_and_in_order_where_frames_suffice(n: int, length: int, stride: int, step: int) -> None:
    sampling = Sampling(length, stride, step)
    clips = sampling.clips(n)
    assert clips.shape[1] == length
    assert clips.min() >= 0 and clips.max() < n
    if n >= sampling.span:
        assert clips[-1, -1] == n - 1
        assert (clips[:, 1:] - clips[:, :-1] == step).all()


def test_senseless_numbers_are_refused() -> None:
    with pytest.raises(RecipeError, match="at least 1"):
        Sampling(stride=0)
    with pytest.raises(DataError, match="no frames"):
        Sampling().starts(0)
