from __future__ import annotations

import numpy as np
import pytest

from resight.errors import InputError
from resight.evaluation import Interval, bootstrap_interval, combined_interval, paired_interval, verdict

RNG = np.random.default_rng(0)
PEOPLE = np.arange(200)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.2, "holds"),
        (-0.2, -0.01, "does not hold"),
        (-0.1, 0.1, "can't be told"),
        (0.0, 0.1, "can't be told"),
        (-0.1, 0.0, "can't be told"),
        (0.0, 0.0, "can't be told"),
    ],
)
def test_an_interval_becomes_a_verdict(low: float, high: float, said: str) -> None:
    assert verdict(Interval((low + high) / 2, low, high)) == said


def test_made_up_results_get_the_verdict_they_were_made_for() -> None:
    weak = (RNG.random((3, 200)) < 0.4).astype(float)
    better = np.maximum(weak, RNG.random((3, 200)) < 0.3)
    even = np.where(RNG.random((3, 200)) < 0.5, weak, RNG.permuted(weak, axis=1))
    people = [PEOPLE] * 3
    assert verdict(paired_interval(people, better, weak)) == "holds"
    assert verdict(paired_interval(people, weak, better)) == "does not hold"
    assert verdict(paired_interval(people, even, weak)) == "can't be told"


def test_equal_results_differ_by_nothing() -> None:
    values = RNG.random((2, 200))
    values[0, 3] = np.nan
    interval = paired_interval([PEOPLE] * 2, values, values.copy())
    assert (interval.mean, interval.low, interval.high) == (0, 0, 0)


def test_a_constant_difference_has_no_width() -> None:
    values = RNG.random(200)
    interval = paired_interval([PEOPLE], [values + 0.25], [values])
    assert interval.mean == pytest.approx(0.25)
    assert interval.low == pytest.approx(0.25) and interval.high == pytest.approx(0.25)


def test_pairing_is_narrower_than_two_intervals() -> None:
    base = RNG.normal(size=200)
    first, second = base + 0.1 + 0.01 * RNG.normal(size=200), base
    paired = paired_interval([PEOPLE], [first], [second])
    alone = bootstrap_interval([(PEOPLE, first)])
    assert paired.high - paired.low < 0.1 * (alone.high - alone.low)


def test_the_interval_of_a_mean_is_about_that_of_theory() -> None:
    values = RNG.normal(size=400)
    interval = bootstrap_interval([(np.arange(400), values)], draws=4000)
    assert interval.mean == pytest.approx(values.mean())
    half = 1.96 * values.std() / 20
    assert interval.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.1 * half)
    narrow = bootstrap_interval([(np.arange(400), values)], draws=4000, level=0.5)
    assert narrow.high - narrow.low == pytest.approx(2 * 0.674 / 1.96 * half, rel=0.1)


def test_people_are_drawn_and_not_queries() -> None:
    # 20 people whose 10 queries each all agree: as uncertain as 20 queries, not as 200.
    by_person = RNG.random(20)
    grouped = bootstrap_interval([(np.repeat(np.arange(20), 10), np.repeat(by_person, 10))])
    single = bootstrap_interval([(np.arange(20), by_person)])
    assert (grouped.low, grouped.high) == pytest.approx((single.low, single.high))


def test_splits_are_drawn_too() -> None:
    # Without any spread among people all uncertainty comes from the splits.
    repeats = [(PEOPLE, np.full(200, value)) for value in (0.2, 0.4, 0.6)]
    interval = bootstrap_interval(repeats)
    assert interval.mean == pytest.approx(0.4)
    assert interval.low < 0.3 and interval.high > 0.5


def test_people_weigh_by_their_queries_and_nan_is_left_out() -> None:
    people, values = [1, 1, 1, 2, 3], [1.0, 1.0, 1.0, 0.0, np.nan]
    assert bootstrap_interval([(people, values)]).mean == pytest.approx(0.75)


def test_the_seed_fixes_the_interval() -> None:
    repeats = [(PEOPLE, RNG.random(200))]
    assert bootstrap_interval(repeats, seed=1) == bootstrap_interval(repeats, seed=1)
    assert bootstrap_interval(repeats, seed=1) != bootstrap_interval(repeats, seed=2)


def test_what_has_no_interval_is_refused() -> None:
    with pytest.raises(InputError, match="at least one split"):
        bootstrap_interval([])
    with pytest.raises(InputError, match="at least one value"):
        bootstrap_interval([([1, 2], [np.nan, np.nan])])
    with pytest.raises(InputError, match="one person for every value"):
        bootstrap_interval([([1, 2, 3], [0.5, 0.5])])


def test_a_paired_difference_needs_the_same_queries() -> None:
    with pytest.raises(InputError, match="same queries"):
        paired_interval([[1, 2]], [[0.1, 0.2]], [[0.1]])
    with pytest.raises(InputError, match="same queries"):
        paired_interval([[1, 2]], [[0.1, np.nan]], [[0.1, 0.2]])
    with pytest.raises(InputError, match="same queries"):
        paired_interval([[1, 2]], [[0.1, 0.2]], [[0.1, 0.2], [0.3, 0.4]])


def test_one_test_set_measured_again_narrows_nothing() -> None:
    rng = np.random.default_rng(0)
    people, values = np.repeat(np.arange(40), 2), rng.random(80).round()
    once = bootstrap_interval([(people, values)])
    again = bootstrap_interval([(people, values)] * 5)
    assert (again.low, again.high) == pytest.approx((once.low, once.high), abs=0.01)
    others = bootstrap_interval([(people + 100 * n, values) for n in range(5)])
    assert others.high - others.low < 0.8 * (again.high - again.low)
    both = combined_interval([(1.0, [(people, values)] * 5)])
    assert (both.low, both.high) == pytest.approx((once.low, once.high), abs=0.02)
