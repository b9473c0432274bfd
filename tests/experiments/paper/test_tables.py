"""Tables 1 and 3 from people to pages, on the world."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

from resight.errors import DataError, ResightError
from resight.experiments.loss_curve import LossCurve, loss_curve, undertrained
from resight.experiments.paper import published, table1, table2, table3, temporal
from resight.experiments.paper.cells import Ledger
from resight.experiments.paper.data import synthetic_data
from resight.experiments.paper.experiment import Page
from resight.experiments.paper.lab import Lab, open_lab, with_needs
from resight.experiments.paper.published import figures
from resight.experiments.paper.registry import open_experiment
from resight.experiments.paper.rows import BASELINE, COLOUR, OURS, PAPER_ROWS, Row, compared_rows
from resight.experiments.paper.run import draw, reproduce
from resight.experiments.peak_memory import CLEAR
from resight.features.colour import ColourExtractor
from resight.methods import METHODS, Method
from resight.methods.registry import method_class
from resight.report import Record, aggregate
from resight.tracklets import TrackletSet
from tests.experiments.paper.conftest import tiny_lab, tiny_settings


def tables(folder: Path, name: str) -> list[dict]:
    return json.loads((folder / name / "page.json").read_text())["tables"]


def test_published_and_ours_stand_side_by_side(finished: Path) -> None:
    found = tables(finished, "table1")
    assert [t["title"].split("-like")[0] for t in found] == ["PRID-2011", "iLIDS-VID", "Aerial"]
    for table, name in zip(found, ("prid", "ilids", "aerial"), strict=True):
        rows = {row[0]: row[1:] for row in table["rows"]}
        for row, known in (
            ("ours: C3D fine-tuned + Euclid", "ours/euclidean"),
            ("baseline: C3D untouched + XQDA", "baseline/xqda"),
        ):
            assert list(rows[row][:4]) == published.ranks(known, name) and rows[row][0] != published.NOTHING
        own = [row for title, row in rows.items() if title.partition(" + ")[0] not in METHODS]
        assert len(own) == 6 and all(re.match(r"\d+\.\d \[", row[4]) and row[-1] == "1 of 1" for row in own)
        assert "3 people, 3 queries, 3 in the gallery" in table["note"]
    page = (finished / "table1" / "page.html").read_text()
    assert "Synthetic people" in page and 'class="published"' in page and "random weights" in page
    assert not re.search(r'(src|href)="https?:', page)
    assert {p.name for p in (finished / "table1" / "plots").iterdir()} >= {"cmc-prid.svg", "cmc-aerial.png"}


def test_curves_of_compared_methods_stand_in_a_figure_of_their_own() -> None:
    others = [Row(f"m{n}", metric) for n in range(12) for metric in ("own", "xqda")]
    sizes = dict.fromkeys(("n_people", "n_query", "n_valid", "n_gallery"), 4)
    records = [
        Record("prid", row.name, "", row.metric, "p", str(n), n, cmc=[0.5, 0.6 + n / 10], map=0.5, minp=0.5, **sizes)
        for n in range(2)
        for row in (*PAPER_ROWS, *others)
    ]
    (name, paper, words), (second, compared, _) = table1.figures(aggregate(records), "PRID", "prid", others)
    assert (name, second) == ("cmc-prid", "cmc-prid-methods") and "± one standard deviation over the splits" in words
    lines = [
        {line.get_label().rpartition("  (")[0]: line for line in figure.axes[0].get_lines()}
        for figure in (paper, compared)
    ]
    assert list(lines[0]) == [f"{row.name} + {row.metric}" for row in PAPER_ROWS]
    learned = f"{OURS} + xqda"
    assert list(lines[1]) == [learned, *(f"m{n} + own" for n in range(12))]
    drawn = lambda line: (line.get_color(), line.get_marker(), line._unscaled_dash_pattern)  # noqa: E731
    assert drawn(lines[0][learned]) == drawn(lines[1][learned])
    alone = table1.figures(aggregate(records[:6]), "PRID", "prid", others)
    assert [made[0] for made in alone] == ["cmc-prid"] and "±" not in alone[0][2]


def test_lengths_have_their_published_figures(finished: Path) -> None:
    (table,) = tables(finished, "table3")
    euclid = [row for row in table["rows"] if row[1] == "ours + Euclid"]
    assert [row[0] for row in euclid] == ["1", "8", "16", "32"]
    assert [float(row[2]) for row in euclid] == published.figures()["length"]["ours/euclidean"]
    # No tracklet here has more than 18 frames, so 32 are all of them.
    whole = next(row for row in tables(finished, "table1")[1]["rows"] if row[0].endswith("fine-tuned + Euclid"))
    assert euclid[3][3:] == whole[5:]
    assert (finished / "table3" / "plots" / "lengths.svg").is_file()


def test_a_cell_keeps_ranks_and_no_weights(finished: Path) -> None:
    lab = tiny_lab(finished)
    declared = with_needs([*open_experiment("table1").cells(lab), *open_experiment("table3").cells(lab)])
    files = {p.stem: p for p in (finished / "cells").rglob("*.json")}
    assert set(files) == {lab.key(cell) for cell in declared}
    assert all(p.stat().st_size < 6000 for p in files.values())
    (training,) = (finished / "cells" / "training").glob("*.json")
    content = json.loads(training.read_text())
    assert content["result"]["people"] == 9 and 0 < content["result"]["conv1_change"] < 1
    assert content["needs"]["start"] == "random" and content["made"]["versions"]["torch"]


def test_a_second_run_with_the_same_seed_gives_the_same_table(finished: Path, tmp_path: Path) -> None:
    lab, before = tiny_lab(tmp_path), tiny_lab(finished)
    cells = [c for c in with_needs(open_experiment("table1").cells(lab)) if "prid" in c.words(lab)]
    assert len(cells) == 7
    for cell in cells:
        assert lab.run(cell) == before.result(cell)


def test_a_page_without_cells_says_so(tmp_path: Path) -> None:
    draw(tiny_lab(tmp_path), "table1", tmp_path)
    assert all(
        row[5] == "not measured yet" and row[-1] == "0 of 1" for t in tables(tmp_path, "table1") for row in t["rows"]
    )


class Plain(Method):
    """Learns the number of its people, and matches by colour turned round: the farthest is the nearest."""

    name, summary, source, matches_by = "plain", "for this test", "none", "own"

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: object) -> None:
        (folder / "people").write_text(str(len(people.identities)))

    def load(self, folder: Path) -> PlainExtractor:
        return PlainExtractor(int((folder / "people").read_text()))


class PlainExtractor(ColourExtractor):
    def __init__(self, people: int) -> None:
        self.parameters = people

    def key(self) -> dict[str, object]:
        return super().key() | {"people": self.parameters}

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> np.ndarray:
        return self.extract(query) @ self.extract(gallery).T


def test_a_compared_method_is_a_row_by_its_name_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "plain", f"{__name__}:Plain")
    lab = tiny_lab(tmp_path, methods=("plain",))
    own = [c for c in open_experiment("table1").cells(lab) if c.name == "plain"]
    assert [(c.domain, c.metric) for c in own] == [(d, m) for d in ("prid", "ilids", "aerial") for m in ("own", "xqda")]
    for trial in own:
        lab.run(trial)
    (training,) = own[0].needs()
    assert lab.result(training)["parameters"] == 9
    colour = next(c for c in open_experiment("table1").cells(lab) if c.name == COLOUR and c.domain == "prid")
    ranks = [lab.run(trial)["queries"]["first_rank"] for trial in (own[0], colour)]
    assert [4 - rank for rank in ranks[1]] == ranks[0]  # three people: turned round, the last comes first
    draw(lab, "table1", tmp_path)
    rows = {row[0]: row[5] for row in tables(tmp_path, "table1")[0]["rows"]}
    assert "[" in rows["plain + as its paper matches"] and "[" in rows["plain + XQDA"]


def test_published_figures_stand_beside_the_metric_of_their_paper(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path, methods=("ide", "rcn", "lomo", "frame-mean"))
    assert [(row.name, row.metric, row.published) for row in compared_rows(lab)] == [
        ("ide", "xqda", "ide"),
        ("ide", "euclidean", None),
        ("rcn", "own", "rcn"),
        ("rcn", "xqda", None),
        ("lomo", "xqda", "lomo"),
        ("lomo", "euclidean", None),
        ("frame-mean", "euclidean", "frame-mean"),
        ("frame-mean", "xqda", None),
    ]
    for method in METHODS:  # a method's own matching is asked of those alone that have one
        trained = get_type_hints(method_class(method).load)["return"]
        assert (method_class(method).matches_by == "own") == hasattr(trained, "distance"), method


def test_published_rows_stand_there_whoever_is_asked_for(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path, methods=("astpn",))
    for domain, table in zip(("prid", "ilids", "aerial"), table1.page(lab).tables, strict=True):
        rows = {row[0]: row[1:] for row in table.rows if row[0].partition(" + ")[0] in METHODS}
        known = {name for name, sets in figures()["rows"].items() if domain in sets and name in METHODS}
        assert {name.partition(" + ")[0] for name in rows} == known
        assert rows["rcn + as its paper matches"][:4] == tuple(published.ranks("rcn", domain))
        assert rows["rcn + as its paper matches"][4] == "not measured yet" and "rcn + XQDA" not in rows
        assert sum(name.startswith("astpn") for name in rows) == 2  # asked for, and so by XQDA too
    mars = {row[0]: row[1:] for row in table2.page(tiny_lab(tmp_path)).tables[1].rows}
    assert mars["ide + XQDA"][:2] == ("68.3", "82.6") and "astpn + as its paper matches" in mars and "tdl" not in mars
    averages = {row[0]: row[1:] for row in table2.page(tiny_lab(tmp_path)).tables[-1].rows}
    assert averages["rcn"][:2] == ("55.75", "not measured yet") and len(averages) == 7
    lengths = [row[2] for row in table3.page(lab).tables[0].rows if row[1].startswith("rcn")]
    assert lengths == ["14", "28", "36", "44"]


def test_a_setting_of_a_method_makes_anew_what_reads_it(tmp_path: Path) -> None:
    def keys(**changes: Any) -> list[str]:
        lab = open_lab(tmp_path, synthetic=True, methods="astpn", changes=changes)
        trial = next(c for c in open_experiment("table1").cells(lab) if c.name == "astpn")
        return [lab.key(*trial.needs()), lab.key(trial)]

    training, test = keys()
    assert keys(**{"astpn.cache_gb": 1}) == [training, test]
    assert keys(**{"astpn.matching": "self"})[0] == training and keys(**{"astpn.matching": "self"})[1] != test
    assert not {training, test} & set(keys(**{"astpn.iterations": 7}))


def test_published_figures_bear_the_names_of_the_methods() -> None:
    for key in (*figures()["rows"], *figures()["length"], *figures()["average"]):
        assert key.partition("/")[0] in {*METHODS, "ours", "baseline"}, key


def test_a_compared_method_is_in_table_3_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "plain", f"{__name__}:Plain")
    lab = tiny_lab(tmp_path, methods=("plain",))
    own = [c for c in open_experiment("table3").cells(lab) if c.name.startswith("plain, ")]
    assert next(c.words(lab) for c in own) == "plain, 1 frame + own on ilids, split 0, first 1 frame"
    assert {c.source for c in own} == {c.source for c in open_experiment("table1").cells(lab) if c.name == "plain"}
    for trial in own:
        lab.run(trial)
    draw(lab, "table3", tmp_path)
    rows = [row for row in tables(tmp_path, "table3")[0]["rows"] if row[1] == "plain + as its paper matches"]
    assert [row[0] for row in rows] == ["1", "8", "16", "32"] and all("[" in row[3] for row in rows)


def test_costs_stand_beside_with_the_course_of_the_loss(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished / "cells", tmp_path / "cells")
    lab = tiny_lab(tmp_path, methods=("lomo",))
    for cell in open_experiment("cost").cells(lab)[2:]:  # colour and LOMO learn nothing, so nothing is trained
        lab.run(cell)
    draw(lab, "cost", tmp_path)
    rows = {row[0]: row for row in tables(tmp_path, "cost")[0]["rows"]}
    assert list(rows) == [OURS, BASELINE, COLOUR, "lomo"]
    assert rows["lomo"][1] == "–" and float(rows["lomo"][2]) > 0 and rows["lomo"][4] == "26,960"
    assert rows["lomo"][6] == "–" and (rows["lomo"][5] == "–") == (not CLEAR.exists())
    assert rows[OURS][1] == "not measured yet" and re.fullmatch(r"[0-9.]+ → [0-9.]+", rows[OURS][7])
    assert (rows[OURS][6] == "–") == (not CLEAR.exists())
    assert rows[OURS][8] == "–"  # two steps tell nothing


def test_a_training_whose_loss_still_falls_is_undertrained(tmp_path: Path) -> None:
    def curve(losses: list[float]) -> LossCurve:
        rows = "".join(f"{20 * n},{loss}\n" for n, loss in enumerate(losses, start=1))
        (tmp_path / "metrics.csv").write_text("step,loss\n" + rows)
        return loss_curve(tmp_path / "metrics.csv")

    falling = curve([5 - n / 50 for n in range(200)])
    assert len(falling) == 50 and falling[0] == [20, 5.0] and falling[-1] == [4000, pytest.approx(1.02)]
    assert undertrained(falling) is True
    assert undertrained(curve([5 * 0.8**n + 1 for n in range(40)])) is False
    assert undertrained(curve([2.4 * 0.5**n for n in range(12)])) is False  # all is learned
    assert undertrained(curve([12.4 - n / 10 for n in range(20)] + [10.4] * 20)) is True  # flat, and hardly begun
    assert undertrained(curve([-0.25] + [0.03] * 20)) is False  # an objective may begin below 0
    assert undertrained(curve([3.0, 2.0, 1.0])) is None and loss_curve(tmp_path / "none.csv") == []


def test_a_cell_that_cannot_be_measured_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "plain", f"{__name__}:Plain")

    def refuse(*_: object) -> None:
        raise DataError("it would need 99 GB")

    monkeypatch.setattr(Plain, "fit", refuse)
    lab = tiny_lab(tmp_path, methods=("plain",))
    with pytest.raises(ResightError, match=r"^1 cells could not be measured; plain trained on .*: it would need 99"):
        reproduce(lab, ["table3"], tmp_path)
    rows = tables(tmp_path, "table3")[0]["rows"]
    assert [row[3] for row in rows if row[1] == "plain + as its paper matches"] == ["not measured yet"] * 4
    assert all("[" in row[3] for row in rows if row[1].startswith("ours"))
    assert (tmp_path / "claims.md").is_file()


def test_who_wears_similar_clothes_is_asked_of_colour_and_of_the_compared_methods_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METHODS, "plain", f"{__name__}:Plain")
    lab = tiny_lab(tmp_path, methods=("plain",))
    others = [c for c in temporal.cells(lab) if c.name in (COLOUR, "plain") and c.domain == "aerial/clothes"]
    assert [(c.name, c.metric, c.learn) for c in others] == [
        (name, metric, ("aerial",)) for name, metric in ((COLOUR, "euclidean"), (COLOUR, "xqda"), ("plain", "own"))
    ]
    assert others[2].source in {c.source for c in table1.cells(lab)}  # nothing is trained for it
    for cell in with_needs(others):
        lab.run(cell)
    page = temporal.page(lab)
    rows = {row[0]: row for row in next(t for t in page.tables if "similar clothes" in t.title).rows}
    assert "[" in rows["colour + Euclid"][1] and "[" in rows["plain + as its paper matches"][1]
    assert {(c.domain, c.a, c.b) for c in page.comparisons} == {
        ("aerial/clothes", "plain + own", f"colour + {metric}") for metric in ("euclidean", "xqda")
    }


def test_multiple_queries_have_a_table_where_a_camera_has_several_tracklets(tmp_path: Path) -> None:
    def page(tracklets: int) -> Page:
        settings = tiny_settings()
        mars = settings.world.mars.model_copy(update={"tracklets": tracklets})
        world = settings.world.model_copy(update={"mars": mars})
        settings = settings.model_copy(update={"world": world})
        return table2.page(Lab(settings, synthetic_data(settings), Ledger(tmp_path / "cells"), tmp_path / "work", ()))

    one, two = page(1), page(2)
    assert [t.title for t in two.tables if "multiple query" in t.title] and len(two.tables) == len(one.tables) + 1
    assert any(note.startswith("No table of multiple query") for note in one.notes)
