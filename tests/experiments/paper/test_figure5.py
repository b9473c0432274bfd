from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from resight.experiments.curve_points import Point
from resight.experiments.paper.disturbance import ATTACKS, NOISE, Disturbance
from resight.experiments.paper.figure5 import DEEP, FLAT, beyond, noise, page
from resight.experiments.paper.findings import noise_finding
from resight.experiments.paper.lab import open_lab
from resight.experiments.paper.rows import OURS
from tests.experiments.paper.conftest import tiny_lab


@pytest.mark.parametrize("quick", [True, False])
def test_every_network_is_attacked_the_shipped_one_too(tmp_path: Path, quick: bool) -> None:
    cells = [c for c in beyond(open_lab(tmp_path, synthetic=True, quick=quick)) if c.change in ATTACKS]
    assert {(c.trial.name, c.change) for c in cells} == {(n, way) for n in (OURS, DEEP, FLAT) for way in ATTACKS}
    levels = (4,) if quick else (1, 2, 4, 8)
    assert all([255 * level for level in c.levels] == pytest.approx(levels) for c in cells)


def test_a_method_without_a_matching_of_its_own_is_disturbed_with_the_metric_of_its_paper(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path, methods=("lomo",))
    trial = next(c.trial for c in noise(lab) if c.trial.name == "lomo")
    points = lab.run(Disturbance(trial, NOISE, (1e-3,)))["points"]
    assert [(p["level"], p["metric"]) for p in points] == [(0.0, "xqda"), (1e-3, "xqda")]


def test_an_effect_of_some_sets_names_them() -> None:
    def made(domain: str, method: str, ranks: list[int]) -> Point:
        found = ("p", NOISE, "probe", 1.0, 0, 3, 3, True, 0.5, 0.5)
        return Point(domain, "0", method, "e", *found, [1, 2, 3], ranks)

    points = [made("prid", "a", [1, 1, 1]), made("prid", "b", [1, 2, 2]), made("ilids", "a", [1, 1, 1])]
    part = noise_finding("a over b", points, ("prid", "ilids"), ("a", "e"), ("b", "e"))
    assert part.what == "a over b" and part.words().endswith("], on prid alone, one split")
    assert part.interval is not None and part.interval.mean == pytest.approx(2 / 3)
    whole = noise_finding(
        "a over b", [*points, made("ilids", "b", [2, 2, 2])], ("prid", "ilids"), ("a", "e"), ("b", "e")
    )
    assert not whole.note and whole.interval is not None and whole.interval.mean == pytest.approx(5 / 6)


def test_beside_rank_1_under_noise_stands_what_noise_takes() -> None:
    def made(method: str, level: float, ranks: list[int]) -> Point:
        found = (NOISE, "probe", level, 0, 4, 4, True, 0.5, 0.5)
        return Point("prid", "0", method, "e", "p", *found, [1, 2, 3, 4], ranks)

    points = [made("good", 0, [1, 1, 1, 1]), made("good", 1, [1, 1, 2, 2]), made("good", 2, [1, 1, 1, 2])]
    points += [made("bad", 0, [1, 2, 2, 2]), made("bad", 1, [1, 2, 2, 2]), made("bad", 2, [1, 2, 2, 2])]
    sides = ("good", "e"), ("bad", "e")
    under, lost = (noise_finding("", points, ("prid",), *sides, lost=lost).interval for lost in (False, True))
    assert under and under.mean == pytest.approx(0.625 - 0.25)  # the better one is better under noise too
    assert lost and lost.mean == pytest.approx(0 - 0.375)  # but it is the one that noise takes from


def test_rows_are_those_declared_and_averages_those_of_shared_sets(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path, methods=("lomo",))
    lab.settings = lab.settings.model_copy(update={"seeds": 2})

    def save(cell: Disturbance, ranks: list[int]) -> None:
        about = (cell.trial.domain, "0", "m", cell.trial.metric, "p", cell.change, "probe")
        points = [Point(*about, level, 0, 2, 2, True, 0.5, 0.5, [1, 2], ranks) for level in (0.0, 1e-3)]
        lab.ledger.save(cell, lab, {"points": [asdict(p) for p in points]}, {"seconds": 1.0})

    for cell in noise(lab):
        if cell.trial.split == 0 and (cell.trial.name != "lomo" or cell.trial.domain == "prid"):  # of LOMO one set
            save(cell, [1, 1] if cell.trial.domain == "mars" else [1, 2])
    drawn = page(lab)
    panels = {
        axes.get_title(loc="left") for name, figure, _ in drawn.figures if name == "white-noise" for axes in figure.axes
    }
    assert {lab.data[domain].title for domain in ("prid", "ilids", "aerial", "mars")} == panels
    found = {table.title: {row[:2]: row[2:] for row in table.rows} for table in drawn.tables}
    under = found["Rank-1 under white noise"]
    assert under["lomo + xqda", "prid"] == ("50.0", "50.0 [0.0, 100.0]", "50.0", "1 of 2")
    assert under["lomo + xqda", "ilids"] == ("not measured yet", "", "", "0 of 2")
    assert under[f"{OURS} + euclidean", "mars"][1:] == ("100.0 [100.0, 100.0]", "100.0", "1 of 1")
    averages = {row[0]: row[2:] for row in next(t for t in drawn.tables if t.title.startswith("White")).rows}
    assert averages[f"{OURS} + euclidean"] == ("50.0", "1 of 2")  # MARS, of ours alone, has no part
    assert averages["lomo + xqda"] == ("not measured yet", "0 of 2")
    pgd = found["Rank-1 under PGD, push-away"]
    assert pgd and all(row == ("not measured yet", "", "", "0 of 1") for row in pgd.values())
