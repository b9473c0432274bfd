from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from resight.errors import DataError, RecipeError
from resight.training.recipe import Recipe, load_recipe, shipped_recipes


def test_every_shipped_recipe_is_valid_and_survives_its_own_yaml() -> None:
    assert {"demo", "mars_sparse", "paper"} <= set(shipped_recipes())
    for name in shipped_recipes():
        recipe = load_recipe(name)
        assert Recipe.model_validate(yaml.safe_load(recipe.to_yaml())) == recipe


def test_the_papers_recipe_is_the_papers() -> None:
    recipe = load_recipe("paper")
    optimiser = recipe.training.optimiser
    assert (optimiser.name, optimiser.lr, optimiser.momentum, optimiser.weight_decay) == ("sgd", 1e-4, 0.9, 5e-4)
    assert (recipe.training.batches.size, recipe.training.iterations) == (50, 10_000)
    assert (optimiser.schedule, optimiser.step_at, optimiser.gamma) == ("step", 5000, 0.1)
    assert recipe.training.batches.sampling == "uniform"
    assert (recipe.model.width, recipe.model.norm, recipe.model.dropout) == (1.0, None, 0.5)
    assert recipe.clips.length == 16 and recipe.clips.stride == 8


def test_changes_reach_inner_keys() -> None:
    recipe = load_recipe("demo", seed=7, training__iterations=3)
    assert (recipe.seed, recipe.training.iterations) == (7, 3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: x\ndata: [{dataset: mars}]\ntrainning: {}", "trainning: unknown key"),
        ("name: x\ndata: [{dataset: mars}]\ntraining: {iterations: 0}", "training.iterations: input should be greater"),
        ("name: x\ndata: [{dataset: mars}]\ntraining: {optimiser: {lr: .inf}}", "lr: input should be a finite number"),
        ("name: x\ndata: [{dataset: mars}]\ntraining: {optimiser: {lr: inf}}", "lr: input should be a finite number"),
        ("name: x\ndata: [{dataset: mars}]\nmodel: {width: .nan}", "width: input should be a finite number"),
        ("name: x\ndata: [{dataset: mars}]\npreprocessing: {std: [1, 1, .inf]}", "input should be a finite number"),
        ("name: x\ndata: []", "data: "),
        ("- a", "a table of keys"),
        ("name: x\ndata: [{dataset: folder, path: a}, {dataset: folder, path: b}]", "two sources are named 'folder'"),
        ("name: x\ndata: [{dataset: mars}]\nmetrics: {xqda: {regularisation: 1}}", "no option 'regularisation'"),
        ("name: x\ndata: [{dataset: mars}]\nmetrics: {xqda: {solver: qr}}", "xqda: XQDA: solver is 'svd' or 'eigh'"),
        ("name: x\ndata: [{dataset: mars}]\nmetrics: {xqda: {n_components: a}}", "XQDA: n_components is a whole"),
        ("name: x\ndata: [{dataset: mars}]\nmetrics: {xqda: {n_components: -2}}", "XQDA: n_components is a whole"),
        ("name: x\ndata: [{dataset: mars}]\nmodel: {name: astpn}", "model.name: input should be 'c3d'"),
        (
            "name: x\ndata: [{dataset: mars, domain: ../../mine}]",
            "data.0.domain: '../../mine' cannot name files within",
        ),
        ("name: [", "not a YAML file"),
    ],
)
def test_a_bad_recipe_is_named_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=sentence) as caught:
        load_recipe(path)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(RecipeError, match=r"no recipe named 'nope'; there are .*demo"):
        load_recipe("nope")


@pytest.mark.parametrize("key", ["seed__x", "data__0__path"])
def test_a_key_below_what_is_no_table_is_named(key: str) -> None:
    with pytest.raises(RecipeError, match="is no table"):
        load_recipe("demo", **{key: 1})


def test_a_recipe_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("name: Müller".encode("latin-1"))
    with pytest.raises(DataError, match="not a text file in UTF-8"):
        load_recipe(tmp_path / "latin.yaml")
