from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from made_up import made_up, record

from resight.errors import DataError, InputError
from resight.evaluation import evaluate
from resight.report import Pooled, Results, TrainingRun, aggregate, cmc_band, pooled_interval


def test_results_come_back_as_they_went(tmp_path):
    results, rankings, _ = made_up()
    results = replace(results, rankings=[ranking.describe() for ranking in rankings])
    results.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == results


def test_nan_becomes_null_and_comes_back_as_nan(tmp_path):
    results = Results(
        "t", "now", recipe={"x": math.nan}, records=[record(map=math.nan, interval={"rank1": (0.1, math.nan)})]
    )
    path = tmp_path / "results.json"
    results.save(path)
    plain = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert plain["records"][0]["map"] is None and plain["recipe"]["x"] is None
    back = Results.load(path).records[0]
    assert math.isnan(back.map) and back.interval["rank1"][0] == 0.1 and math.isnan(back.interval["rank1"][1])


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: s[:-40],
        lambda s: s.replace('"created"', '"creatd"'),
        lambda s: s.replace('"map": 0.4', '"map": 40.0'),
        lambda s: "[]",
    ],
)
def test_damaged_results_are_refused_in_one_sentence(tmp_path, damage):
    path = tmp_path / "results.json"
    Results("t", "now", records=[record()]).save(path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(DataError, match=r"results\.json: not whole results") as caught:
        Results.load(path)
    assert "\n" not in str(caught.value)


def test_missing_file_and_other_schema_are_named(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        Results.load(tmp_path / "none.json")
    replace(Results("t", "now"), schema=99).save(tmp_path / "new.json")
    with pytest.raises(DataError, match="schema 99"):
        Results.load(tmp_path / "new.json")


@pytest.mark.parametrize(
    "changes", [{"cmc": []}, {"cmc": [0.5, 0.4]}, {"cmc": [54.0]}, {"map": 41.3}, {"band": {"low": [0.1]}}]
)
def test_a_record_refuses_percent_and_nonsense(changes):
    with pytest.raises(InputError):
        record(**changes)


def test_mean_and_deviation_by_hand():
    runs = [
        record(split=str(i), seed=i, cmc=[r, 1.0], map=m)
        for i, (r, m) in enumerate([(0.2, 0.1), (0.4, 0.3), (0.9, 0.2)])
    ]
    (summary,) = aggregate(runs)
    np.testing.assert_allclose(summary.cmc, [0.5, 1.0])
    # Deviations -0.3, -0.1, 0.4: squares sum to 0.26, over n - 1 = 2.
    np.testing.assert_allclose(summary.cmc_std, [math.sqrt(0.13), 0.0])
    assert summary.map == pytest.approx(0.2) and summary.map_std == pytest.approx(0.1)
    assert summary.n_runs == 3 and summary.splits == ("0", "1", "2") and summary.seeds == (0, 1, 2)


def test_methods_metrics_protocols_and_domains_are_kept_apart():
    apart = [
        record(),
        record(metric="euclidean"),
        record(method="m"),
        record(domain="d"),
        record(protocol="mars_official"),
    ]
    assert [s.n_runs for s in aggregate(apart)] == [1] * 5
    with pytest.raises(InputError, match="recorded twice"):
        aggregate([record(), record()])


def test_interval_is_pooled_or_that_of_a_single_run():
    first, second = (record(seed=s, interval={"rank1": (0.1 * s, 0.5)}) for s in (1, 2))
    assert aggregate([first])[0].interval == {"rank1": (0.1, 0.5)}
    assert aggregate([first, second])[0].interval is None
    pooled = Pooled(first.domain, first.method, first.metric, first.protocol, {"rank1": (0.3, 0.4)})
    assert aggregate([first, second], [pooled])[0].interval == {"rank1": (0.3, 0.4)}


def test_band_and_pooled_interval_hold_the_figures_they_are_for():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(40), 2)
    results = [
        evaluate(
            rng.random((80, 80)) - 0.6 * (people[:, None] == people),
            people,
            people,
            np.tile([0, 1], 40),
            np.tile([1, 0], 40),
        )
        for _ in range(2)
    ]
    band = cmc_band(results[0])
    low, high = np.array(band["low"]), np.array(band["high"])
    assert len(low) == len(results[0].cmc) and (low <= results[0].cmc).all() and (results[0].cmc <= high).all()
    assert 0.02 < high[0] - low[0] < 0.4
    ends = pooled_interval(record(), results).interval
    assert ends["rank1"][0] < np.mean([r.rank1 for r in results]) < ends["rank1"][1]
    assert ends["minp"][0] < np.mean([r.mean_inp for r in results]) < ends["minp"][1]


def test_training_rows_are_read_with_their_gaps(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss,lr,val_rank1\n20,2.5,1e-3,\n40,1.5,1e-3,0.25\n")
    run = TrainingRun.from_csv("seed 0", path)
    assert run.series("loss") == ([20, 40], [2.5, 1.5]) and run.series("val_rank1") == ([40], [0.25])
    path.write_text("step,loss\n20,much\n")
    with pytest.raises(DataError, match=r"metrics\.csv"):
        TrainingRun.from_csv("seed 0", path)
