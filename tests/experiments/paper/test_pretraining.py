from __future__ import annotations

import json
from pathlib import Path

from resight.experiments.paper.pretraining import columns
from resight.experiments.paper.rows import first_model, second_model
from resight.experiments.paper.run import reproduce
from resight.models import load_model
from resight.training.run import new_network
from tests.experiments.paper.conftest import tiny_lab


def test_without_the_network_the_page_says_so(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    reproduce(lab, ["pretraining"], tmp_path)
    assert json.loads((tmp_path / "pretraining" / "page.json").read_text())["notes"] == ["none is not shipped."]


def test_the_shipped_network_names_actions_by_their_order(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    lab.settings = lab.settings.model_copy(update={"actions": "c3d-small-actions", "actors": 1})
    reproduce(lab, ["pretraining"], tmp_path)
    table = json.loads((tmp_path / "pretraining" / "page.json").read_text())["tables"][0]
    rows = {row[0]: dict(zip(columns(), map(float, row[2:]), strict=True)) for row in table["rows"]}
    assert rows["prid"]["in order"] > 50 > rows["chance"]["in order"]
    assert rows["prid"]["in order, pairs"] > rows["prid"]["reversed, pairs"]
    assert len(list((tmp_path / "cells" / "actions").iterdir())) == 4


def test_a_quick_second_model_goes_on_from_the_shipped_network(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    assert second_model(lab, 0).after == first_model(lab, 0)
    lab.settings = lab.settings.model_copy(update={"tuned": "c3d-small-synthetic"})
    training = second_model(lab, 0)
    assert training.after is None and training.needs() == ()
    recipe = training.recipe(lab)
    assert recipe.model.weights == "c3d-small-synthetic" and not recipe.model.reinit_fc
    assert new_network(recipe, 4).fc7.weight.equal(load_model("c3d-small-synthetic").network.fc7.weight)
