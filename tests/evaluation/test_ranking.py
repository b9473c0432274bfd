from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from resight.errors import InputError
from resight.evaluation import PROTOCOLS as ALL
from resight.evaluation import Evaluation, evaluate, ranking
from tests.reference import evaluation as slow

PROTOCOLS = [protocol for protocol in ALL if protocol != "clothes_changing"]  # the one that needs outfits
Case = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Few values, so that ties abound; ids -1 (junk) and 0 (distractors) on both sides."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_query, n_gallery = draw(st.integers(1, 6)), draw(st.integers(1, 40))
    people, cameras, levels = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 4, 1000]))
    return (
        rng.integers(-levels, levels, (n_query, n_gallery)) / 4,
        rng.integers(-1, people + 1, n_query),
        rng.integers(-1, people + 1, n_gallery),
        rng.integers(1, cameras + 1, n_query),
        rng.integers(1, cameras + 1, n_gallery),
    )


def random_case(n_query: int = 20, n_gallery: int = 200, seed: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 30, (n_query, n_gallery)) / 8,
        rng.integers(1, 12, n_query),
        rng.integers(-1, 12, n_gallery),
        rng.integers(1, 4, n_query),
        rng.integers(1, 4, n_gallery),
    )


def same(first: Evaluation, second: Evaluation) -> None:
    for name in ("cmc", "first_rank", "average_precision", "inverse_penalty", "query_ids"):
        assert_array_equal(getattr(first, name), getattr(second, name))
    assert (first.mean_ap, first.mean_inp, first.n_valid) == (second.mean_ap, second.mean_inp, second.n_valid)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=300, deadline=None)
@given(case=cases())
def test_counting_equals_sorting_in_full(protocol: Any, case: Case) -> None:
    wanted = slow.evaluate(*case, protocol)
    ranks = wanted["first_rank"]
    if not any(ranks):
        with pytest.raises(InputError, match="no query has a true match"):
            evaluate(*case, protocol=protocol)
        return
    result = evaluate(*case, protocol=protocol)
    assert result.first_rank.tolist() == ranks
    assert_allclose(result.average_precision, wanted["ap"], rtol=1e-12)
    assert_allclose(result.inverse_penalty, wanted["inp"], rtol=1e-12)
    valid = [rank for rank in ranks if rank]
    assert result.n_valid == len(valid)
    assert result.mean_ap == pytest.approx(np.nanmean(wanted["ap"]), rel=1e-12)
    assert result.mean_inp == pytest.approx(np.nanmean(wanted["inp"]), rel=1e-12)
    n_gallery = len(case[2])
    assert len(result.cmc) == min(50, n_gallery)
    assert_allclose(result.cmc, [sum(r <= k + 1 for r in valid) / len(valid) for k in range(len(result.cmc))])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_long_rows_of_float32_with_ties_equal_sorting_in_full(protocol: Any) -> None:
    distance, *sides = random_case(8, 1500, 3)
    case = (distance.astype(np.float32), *sides)
    wanted = slow.evaluate(*case, protocol)
    result = evaluate(*case, protocol=protocol)
    assert result.first_rank.tolist() == wanted["first_rank"]
    assert_allclose(result.average_precision, wanted["ap"], rtol=1e-12)


def test_mars_average_precision_worked_by_hand() -> None:
    # Ranked: junk (-1), right, junk (the query's camera), distractor, right. Counted: right, wrong, right.
    # Trapezoid: 1/2·(1 + 1)/2 + 0·… + 1/2·(1/2 + 2/3)/2 = 0.5 + 7/24. Mean precision at the hits: (1 + 2/3)/2.
    distance = np.array([[0.0, 1.0, 2.0, 3.0, 4.0]])
    sides = [7], [-1, 7, 7, 0, 7], [1], [1, 2, 1, 3, 3]
    official = evaluate(distance, *sides, protocol="mars_official")
    assert official.mean_ap == pytest.approx(0.5 + 7 / 24)
    torchreid = evaluate(distance, *sides, protocol="mars_torchreid")
    assert torchreid.mean_ap == pytest.approx((1 + 2 / 3) / 2)
    for result in (official, torchreid):
        assert result.rank1 == 1 and result.first_rank.tolist() == [1]
        assert result.mean_inp == pytest.approx(2 / 3)
    # In cross_camera -1 is a person as any other: wrong, right, wrong, right.
    crossed = evaluate(distance, *sides)
    assert crossed.first_rank.tolist() == [2]
    assert crossed.mean_ap == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert crossed.cmc.tolist() == [0, 1, 1, 1, 1]


def test_a_first_match_behind_wrong_ones_by_hand() -> None:
    # wrong, right: the trapezoid starts from precision 1 at recall 0, then 0 at the wrong one.
    result = evaluate([[1.0, 2.0]], [1], [2, 1], [1], [2, 2], protocol="mars_official")
    assert result.mean_ap == pytest.approx((0 + 1 / 2) / 2)


def test_a_tie_goes_against_the_query_or_by_the_gallerys_order() -> None:
    distance = np.zeros((1, 4))
    right_first, right_last = [1, 2, 3, 4], [2, 3, 4, 1]
    for gallery, crossed, mars in ((right_first, 4, 1), (right_last, 4, 4)):
        sides = [1], gallery, [1], [2] * 4
        assert evaluate(distance, *sides).first_rank.tolist() == [crossed]
        assert evaluate(distance, *sides, protocol="mars_official").first_rank.tolist() == [mars]
        assert evaluate(distance, *sides, protocol="mars_torchreid").first_rank.tolist() == [mars]


def test_a_query_in_the_gallery_does_not_find_itself() -> None:
    distance = np.array([[0.0, 5.0, 1.0]])
    for protocol in PROTOCOLS:
        result = evaluate(distance, [1], [1, 1, 2], [1], [1, 2, 2], protocol=protocol)
        assert result.first_rank.tolist() == [2]


def test_queries_without_a_true_match_leave_every_mean() -> None:
    distance = np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0]])
    result = evaluate(distance, [1, 9, 1], [1, 2], [1, 1, 1], [2, 2])
    assert result.n_valid == 2
    assert result.first_rank.tolist() == [1, 0, 2]
    assert result.rank1 == 0.5 and result.mean_ap == 0.75 and result.mean_inp == 0.75
    assert np.isnan(result.average_precision[1]) and np.isnan(result.inverse_penalty[1])
    assert result.query_ids.tolist() == [1, 9, 1]


@pytest.mark.parametrize(("n_gallery", "max_rank", "length"), [(7, 50, 7), (80, 10, 50), (80, 60, 60), (80, 200, 80)])
def test_cmc_is_fifty_long_or_as_long_as_the_gallery(n_gallery: int, max_rank: int, length: int) -> None:
    case = random_case(10, n_gallery)
    result = evaluate(*case, max_rank=max_rank)
    assert result.cmc.shape == (length,) and result.cmc.dtype == np.float64
    assert (np.diff(result.cmc) >= 0).all() and result.cmc[0] >= 0 and result.cmc[-1] <= 1
    whole = evaluate(*case, max_rank=n_gallery).cmc
    assert_array_equal(result.cmc, whole[:length])
    assert whole[-1] == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_rows_from_a_callable_equal_the_array_in_blocks_of_any_size(
    protocol: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    distance, *sides = random_case()
    whole = evaluate(distance, *sides, protocol=protocol)
    asked: list[tuple[int, int]] = []

    def rows(start: int, stop: int) -> NDArray[np.float64]:
        asked.append((start, stop))
        return distance[start:stop]

    monkeypatch.setattr(ranking, "BLOCK_BYTES", 8 * 200 * 3)
    same(evaluate(rows, *sides, protocol=protocol), whole)
    assert asked == [(i, min(i + 3, 20)) for i in range(0, 20, 3)]


def test_a_row_larger_than_a_block_is_taken_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    distance, *sides = random_case()
    monkeypatch.setattr(ranking, "BLOCK_BYTES", 1)
    same(evaluate(lambda i, j: distance[i:j], *sides), evaluate(distance, *sides))


def test_only_the_order_of_distances_counts() -> None:
    distance, *sides = random_case()
    same(evaluate(distance, *sides), evaluate(2 * distance - 100, *sides))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"protocol": "market"}, "unknown protocol 'market'"),
        ({"distance": np.zeros((2, 4))}, r"shape \(2, 4\), not \(2, 3\)"),
        ({"distance": np.zeros(3)}, r"shape \(3,\)"),
        ({"distance": np.full((2, 3), np.nan)}, "NaN or infinite"),
        ({"distance": np.full((2, 3), np.inf)}, "NaN or infinite"),
        ({"distance": lambda i, j: np.zeros((j - i, 4))}, "not one row a query"),
        ({"query_cameras": [1]}, "one person and one camera"),
        ({"gallery_cameras": [2, 2, 2, 2]}, "one person and one camera"),
        ({"query_ids": [1.5, 2.0]}, "query_ids must be a vector of whole numbers"),
        ({"gallery_ids": [[1, 2, 3]]}, "gallery_ids must be a vector of whole numbers"),
        ({"gallery_ids": ["a", "b", "c"]}, "gallery_ids must be a vector of whole numbers"),
        ({"query_ids": [], "query_cameras": []}, "empty"),
        ({"gallery_ids": [], "gallery_cameras": []}, "empty"),
        ({"gallery_ids": [4, 5, 6]}, "no query has a true match"),
        ({"gallery_cameras": [1, 1, 1]}, "no query has a true match"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "distance": np.arange(6.0).reshape(2, 3),
        "query_ids": [1, 2],
        "gallery_ids": [1, 2, 3],
        "query_cameras": [1, 1],
        "gallery_cameras": [2, 2, 2],
    }
    assert evaluate(**arguments).n_valid == 2
    with pytest.raises(InputError, match=message) as error:
        evaluate(**(arguments | change))
    assert "\n" not in str(error.value)


@settings(max_examples=200, deadline=None)
@given(case=cases(), seed=st.integers(0, 2**32 - 1))
def test_clothes_changing_equals_sorting_in_full(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    outfits = rng.integers(1, 3, len(case[1])), rng.integers(1, 3, len(case[2]))
    wanted = slow.evaluate(*case, "clothes_changing", *outfits)
    more: dict[str, Any] = {
        "protocol": "clothes_changing",
        "query_outfits": outfits[0],
        "gallery_outfits": outfits[1],
    }
    if not any(wanted["first_rank"]):
        with pytest.raises(InputError, match="no query has a true match"):
            evaluate(*case, **more)
        return
    result = evaluate(*case, **more)
    assert result.first_rank.tolist() == wanted["first_rank"]
    assert_allclose(result.average_precision, wanted["ap"], rtol=1e-12)


def test_the_same_outfit_is_no_match_where_clothes_change() -> None:
    distance, sides = np.array([[0.0, 2.0, 1.0]]), ([1], [1, 1, 2], [1], [2, 2, 2])
    outfits = {"query_outfits": [1], "gallery_outfits": [1, 2, 1]}
    assert evaluate(distance, *sides).first_rank.tolist() == [1]
    # The first is skipped, so the other person stands at rank 1; that person's outfit 1 is another outfit.
    assert evaluate(distance, *sides, protocol="clothes_changing", **outfits).first_rank.tolist() == [2]
    with pytest.raises(InputError, match="clothes_changing needs the outfits"):
        evaluate(distance, *sides, protocol="clothes_changing")
    with pytest.raises(InputError, match="one outfit for every query"):
        evaluate(distance, *sides, protocol="clothes_changing", query_outfits=[1], gallery_outfits=[1, 2])
