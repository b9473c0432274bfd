from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from resight.clips import Preprocessing, Sampling
from resight.experiments.paper.ablations import AS_IT_IS, ablations
from resight.experiments.paper.lab import open_lab
from resight.experiments.paper.pretraining import columns
from resight.experiments.paper.rows import first_model, second_model, start_words
from resight.experiments.paper.run import reproduce
from resight.experiments.paper.sources import Untouched
from resight.models import C3D, load_model
from resight.models.files import save_model
from resight.training.run import new_network
from tests.experiments.paper.conftest import tiny_lab


def test_the_shipped_network_names_actions_by_their_order(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    lab.settings = lab.settings.model_copy(update={"actors": 1})
    reproduce(lab, ["pretraining"], tmp_path)
    table = json.loads((tmp_path / "pretraining" / "page.json").read_text())["tables"][0]
    rows = {row[0]: dict(zip(columns(), map(float, row[2:]), strict=True)) for row in table["rows"]}
    assert rows["prid"]["in order"] > 50 > rows["chance"]["in order"]
    assert rows["prid"]["in order, pairs"] > rows["prid"]["reversed, pairs"]
    assert len(list((tmp_path / "cells" / "actions").iterdir())) == 4


def test_weights_of_the_user_are_what_everything_begins_from(tmp_path: Path) -> None:
    mine = str(tmp_path / "mine.safetensors")
    save_model(C3D(2, 0.02), tmp_path / "mine.safetensors", Preprocessing(), Sampling(), {})
    lab = open_lab(tmp_path, synthetic=True, recipe="paper", changes={"model.weights": mine})
    recipe = lab.recipe(first_model(lab, 0).changes)
    assert recipe.model.weights == mine and recipe.preprocessing.size == (112, 112)
    assert Untouched(0).recipe(lab).model.weights == mine
    assert start_words(lab) == "The baseline is mine.safetensors, never fine-tuned."
    assert open_lab(tmp_path, synthetic=True).recipe().model.weights == "c3d-small-actions"


def test_the_untouched_network_is_one_for_all_splits(tmp_path: Path) -> None:
    shipped = {"model.weights": "c3d-small-actions", "model.width": 0.25, "preprocessing.size": [64, 32]}
    keys = [
        [Untouched(split).extractor(lab).key() for split in (0, 1)]
        for lab in (tiny_lab(tmp_path, **shipped), tiny_lab(tmp_path))
    ]
    assert keys[0][0] == keys[0][1], "so that what is extracted for one split serves the others"
    assert keys[1][0] != keys[1][1], "random weights are another draw for each"


def test_the_untouched_network_takes_clips_as_it_was_trained(tmp_path: Path) -> None:
    shipped = {"model.weights": "c3d-small-actions", "model.width": 0.25, "model.reinit_fc": True}
    lab = tiny_lab(
        tmp_path, **shipped, **{"preprocessing.size": [96, 48], "preprocessing.resize": [102, 54], "clips.length": 8}
    )
    assert lab.recipe().clips.length == 8 and lab.recipe().preprocessing.size == (96, 48)
    recipe = Untouched(0).recipe(lab)
    model = load_model("c3d-small-actions")
    assert (recipe.clips, recipe.preprocessing) == (model.sampling, model.preprocessing)
    rows = Untouched(0).extractor(lab).extract(lab.split("prid", 0).query)
    assert np.isfinite(rows).all()
    assert "on clips of 16×64×32 as it was trained; ours takes 8×96×48" in start_words(lab)


def test_rows_from_nothing_differ_by_their_start_alone(tmp_path: Path) -> None:
    lab = open_lab(tmp_path, synthetic=True, quick=True)
    rows = {row.name: row for row in ablations()}
    one, other = (lab.recipe(rows[name].training(lab, 0).changes) for name in (AS_IT_IS, "trained from nothing"))
    begun = load_model("c3d-small-actions").network.config
    assert other.model.weights is None and (other.model.width, other.model.norm) == (begun["width"], begun["norm"])
    assert other == one.model_copy(update={"model": one.model.model_copy(update={"weights": None})})


def test_a_quick_second_model_goes_on_from_the_shipped_network(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    assert second_model(lab, 0).after == first_model(lab, 0)
    lab.settings = lab.settings.model_copy(update={"tuned": "c3d-small-synthetic"})
    training = second_model(lab, 0)
    assert training.after is None and training.needs() == ()
    recipe = training.recipe(lab)
    assert recipe.model.weights == "c3d-small-synthetic" and not recipe.model.reinit_fc
    assert new_network(recipe, 4).fc7.weight.equal(load_model("c3d-small-synthetic").network.fc7.weight)
