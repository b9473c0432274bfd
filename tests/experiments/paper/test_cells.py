"""Cells: each is measured once, and only what depends on a changed key is measured again."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from resight.errors import DataError, RecipeError
from resight.experiments.paper import rows, temporal
from resight.experiments.paper.check import check
from resight.experiments.paper.estimate import estimate
from resight.experiments.paper.lab import Lab, open_lab, with_needs
from resight.experiments.paper.registry import EXPERIMENTS, open_experiment
from resight.experiments.paper.rows import BASELINE, COLOUR, OURS
from resight.experiments.paper.run import draw_all, reproduce
from resight.experiments.paper.training import MethodTraining
from resight.experiments.paper.trial import Trial
from resight.training.recipe import load_recipe
from tests.experiments.paper.conftest import tiny_lab

PAPER = Path(__file__).parents[3] / "src" / "resight" / "experiments" / "paper"


def keys(lab: Lab, name: str = "table1") -> dict[tuple[str, str], str]:
    """Keys of a table's cells by the method's name and metric; a training's by its kind."""
    cells = with_needs(open_experiment(name).cells(lab))
    return {(c.name, f"{c.metric} {c.domain}") if isinstance(c, Trial) else (c.kind, ""): lab.key(c) for c in cells}


def test_a_rerun_does_nothing(finished: Path, tmp_path: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in (finished / "cells").rglob("*.json")}
    lab = tiny_lab(finished)
    lab.work = tmp_path / "empty"  # nothing is needed of what was trained
    reproduce(lab, ["table3"], tmp_path)
    assert all(lab.done(cell) for cell in open_experiment("table1").cells(lab))
    assert {p: p.stat().st_mtime_ns for p in (finished / "cells").rglob("*.json")} == before
    assert not list(lab.work.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ({"features.layer": "fc6"}, {OURS, BASELINE}),
        ({"training.optimiser.lr": 1e-4}, {OURS, "training"}),
        ({"model.width": 0.03}, {OURS, BASELINE, "training"}),
        ({"training.batches.workers": 1, "training.checkpoint_every": 7, "features.batch": 8}, set()),
    ],
)
def test_a_changed_key_touches_what_depends_on_it(tmp_path: Path, change: dict, touched: set[str]) -> None:
    before, after = keys(tiny_lab(tmp_path)), keys(tiny_lab(tmp_path, **change))
    assert before.keys() == after.keys()
    assert {name for (name, _), key in after.items() if key != before[name, _]} == touched
    # and of a method that is touched, nothing is left as it was
    assert all(key != before[name, m] for (name, m), key in after.items() if name in touched)


def test_xqda_options_touch_xqda_alone(tmp_path: Path) -> None:
    before, after = keys(tiny_lab(tmp_path)), keys(tiny_lab(tmp_path, **{"metrics.xqda": {"regularization": 0.01}}))
    changed = {m.split()[0] for (n, m), key in after.items() if key != before[n, m]}
    assert changed == {"xqda"} and {n for (n, m), key in after.items() if key != before[n, m]} == {
        OURS,
        BASELINE,
        COLOUR,
    }


def test_only_what_a_changed_key_touches_is_measured_again(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "copy")
    folder = tmp_path / "copy"
    before = set((folder / "cells").rglob("*.json"))
    reproduce(tiny_lab(folder, **{"metrics.xqda": {"regularization": 0.01}}), ["table1"], folder)
    new = set((folder / "cells").rglob("*.json")) - before
    assert len(new) == 9 and {p.parent.name for p in new} == {"trial"}


def test_people_splits_and_world_are_in_the_key(tmp_path: Path) -> None:
    lab, other = tiny_lab(tmp_path), tiny_lab(tmp_path)
    trial = next(c for c in open_experiment("table1").cells(lab) if c.name == COLOUR)
    assert other.key(trial) == lab.key(trial)
    world = other.settings.world
    other.settings = other.settings.model_copy(update={"world": world.model_copy(update={"seed": 1})})
    from resight.experiments.paper.data import synthetic_data

    moved = Lab(other.settings, synthetic_data(other.settings), other.ledger, other.work)
    assert moved.key(trial) != lab.key(trial)


def test_a_damaged_cell_is_named(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished / "cells", tmp_path / "cells")
    path = next((tmp_path / "cells" / "trial").glob("*.json"))
    path.write_text(path.read_text()[:50])
    with pytest.raises(DataError, match=f"{path.name}: not a finished cell"):
        tiny_lab(tmp_path).ledger.load("trial", path.stem)


def test_check_lists_what_there_is_and_measures_nothing(finished: Path, tmp_path: Path) -> None:
    lines = check(tiny_lab(finished), ["table1", "table3"])
    assert lines[0].startswith("prid: PRID-2011-like (synthetic): 3 people train, 3 ask")
    assert "table1: 19 cells, 19 done, 0 to do" in lines and lines[-1].startswith("together: 0 cells to do")
    empty = check(tiny_lab(tmp_path), ["table3"])
    assert "table3: 9 cells, 0 done, 9 to do" in empty
    assert any(line.startswith("about ") for line in empty) and any("GiB" in line for line in empty)
    assert not list(tmp_path.iterdir())
    real = open_lab(tmp_path / "out", data=[str(tmp_path)])
    assert [line.partition(":")[2].split()[0] for line in check(real, ["table1"])[:4]] == ["missing"] * 4
    with pytest.raises(DataError, match="none of the paper's sets is here"):
        reproduce(real, ["table1"], tmp_path / "out")
    with pytest.raises(DataError, match="none of the paper's sets is here"):
        draw_all(real, ["table1"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_compared_methods_are_estimated_by_those_that_are_done_here(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path, methods=("ide",))
    before = next(line for line in check(lab, ["table1", "table2"]) if line.startswith("about "))
    assert "minutes;" in before and before.endswith("without training ide, of which none is done here")
    cells = with_needs(open_experiment("table1").cells(lab))
    (training,) = (cell for cell in cells if isinstance(cell, MethodTraining))
    lab.ledger.save(training, lab, {"seconds": 7200.0}, {})  # two hours, and one more training is to do in table 2
    after = next(line for line in check(lab, ["table1", "table2"]) if line.startswith("about "))
    assert after.startswith("about 2.") and "hours;" in after and "without" not in after


def test_where_nothing_is_to_be_trained_memory_is_still_needed(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    floor = [cell for cell in open_experiment("table1").cells(lab) if cell.name == COLOUR]
    assert estimate(lab, floor[:1]).memory == 2**30


def test_choices_that_contradict_are_refused(tmp_path: Path) -> None:
    for options, sentence in (
        ({}, "give --data FOLDER"),
        ({"data": ["."], "synthetic": True}, "give --data FOLDER"),
        ({"data": ["mars2=x"]}, "the sets are prid, ilids, aerial, mars"),
        ({"data": ["."], "aerial": "nope"}, "no data set named"),
        ({"data": ["."], "further": "nope"}, "no data set named"),
        (
            {"data": ["."], "further": "A=folder"},
            "A=folder is to be trained on too: give its path by --data further=PATH",
        ),
        ({"data": ["."], "options": {"variant": "single_shot"}}, "an option reads SET.OPTION"),
        ({"data": ["."], "options": {"ilids.variant": "b"}}, "options of ilids are given, and that set is not here"),
        ({"data": ["."], "options": {"aerial.variant": "b"}}, "not here .*name another by --aerial"),
        ({"synthetic": True, "aerial": "nope"}, "--aerial, --further and --option are for real sets"),
        ({"synthetic": True, "options": {"variant": "foo"}}, "--aerial, --further and --option are for real sets"),
        ({"synthetic": True, "methods": "nope"}, "no compared method named 'nope'; there are ide, .*, lomo, onnx:FILE"),
        ({"synthetic": True, "changes": {"training.optimiser.lr": math.inf}}, "lr: input should be a finite number"),
        ({"synthetic": True, "changes": {"metrics.xqda": {"n_components": "a"}}}, "XQDA: n_components is a whole"),
        ({"synthetic": True, "devices": 0}, "at least one device"),
        ({"synthetic": True, "devices": 3}, "3 devices cannot share batches of 8 people evenly"),
        ({"synthetic": True, "changes": {"training.nope": 1}}, "training.nope: unknown key"),
        ({"synthetic": True, "changes": {"second.nope": 1}}, "nope: unknown key"),
        ({"synthetic": True, "changes": {"short.metrics": {"names": []}}}, "short.metrics: takes one value"),
        ({"synthetic": True, "methods": "rcn", "changes": {"rcn.nope": 1}}, "method rcn: nope: unknown key"),
        ({"synthetic": True, "changes": {"rcn.pairs": 1}}, "settings of rcn are given, but not --methods rcn"),
    ):
        with pytest.raises(RecipeError, match=sentence):
            open_lab(tmp_path, **options)
    with pytest.raises(RecipeError, match="no experiment named 'table9'"):
        reproduce(tiny_lab(tmp_path), ["table9"], tmp_path)


def test_every_experiment_is_one_short_file(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    for name, module in EXPERIMENTS.items():
        path = PAPER / f"{module.rpartition('.')[2]}.py"
        assert len(path.read_text().splitlines()) < 150, path
        experiment = open_experiment(name)
        assert experiment.title and experiment.cells(lab) is not None
    assert not list(tmp_path.iterdir())


def test_keys_newer_than_the_first_cells_are_recorded_where_they_differ(tmp_path: Path) -> None:
    loss = rows.first_model(tiny_lab(tmp_path), 0).record(tiny_lab(tmp_path))["recipe"]["training"]["loss"]
    assert "margin" in loss and "unit" not in loss
    lab = tiny_lab(tmp_path, **{"training.loss.unit": True})
    training = rows.first_model(lab, 0).record(lab)["recipe"]["training"]
    assert training["loss"] == loss | {"unit": True} and "bias_rate" not in training["optimiser"]


def test_another_recipe_is_followed_by_every_training(tmp_path: Path) -> None:
    lab = open_lab(tmp_path, synthetic=True, recipe="paper")
    paper = load_recipe("paper").training
    for training in (rows.first_model(lab, 0), rows.second_model(lab, 0), temporal.source(lab, "one day", 0).training):
        assert training.recipe(lab).training == paper
    ours = open_lab(tmp_path, synthetic=True)
    assert rows.second_model(ours, 0).recipe(ours).training.loss.triplet == 0  # (what was found for the small network)
    quick = open_lab(tmp_path, synthetic=True, quick=True)
    assert rows.second_model(quick, 0).recipe(quick).training.ema == 0
    changed = open_lab(tmp_path, synthetic=True, recipe="paper", changes={"second.training.optimiser.lr": 0.5})
    assert rows.second_model(changed, 0).recipe(changed).training.optimiser.lr == 0.5
    assert rows.first_model(changed, 0).recipe(changed).training.optimiser.lr < 0.5  # of model 2 alone
