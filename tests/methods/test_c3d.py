"""C3D by its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from resight.datasets import open_dataset
from resight.datasets.seen import populations
from resight.errors import RecipeError
from resight.experiments.compare import compare_job
from resight.experiments.evaluation_job import Wanted, evaluate_job
from resight.experiments.loss_curve import loss_curve
from resight.experiments.paper.lab import known_methods
from resight.features.clips import ClipExtractor
from resight.methods import METHODS, open_trainable
from resight.methods.opening import choose_method
from resight.models import load_model
from resight.training.recipe import load_recipe
from tests.methods.small_world import small_world

ONE: dict[str, Any] = {"iterations": 1, "weights": "nothing"}
WORLD: dict[str, Any] = {"people": 4, "frames": (5, 5)}


def wanted(**settings: Any) -> Wanted:
    return Wanted("synthetic", None, None, None, "c3d", None, "0", ("euclidean",), WORLD, settings)


def test_a_recipe_is_trained_on_a_split_and_its_weights_know_whom_they_saw(tmp_path: Path) -> None:
    people = small_world().train
    named = {people[0].domain: "synthetic prid, seed 0"}
    made = open_trainable("c3d", **ONE).train(people, tmp_path, 3, ("a test",), populations=named)
    assert isinstance(made, ClipExtractor) and made.name == "c3d" and loss_curve(tmp_path / "metrics.csv")
    weights = tmp_path / "network" / "best.safetensors"
    info = load_model(weights).info
    assert info["leaks"] == ["a test"] and info["seed"] == 3
    assert [(seen["population"], len(seen["people"])) for seen in info["seen"]] == [("synthetic prid, seed 0", 12)]
    assert "seconds" in json.loads((tmp_path / "finished.json").read_text())
    assert choose_method(tmp_path, None, None).key() == made.key()
    with pytest.raises(RecipeError, match="holds another training"):
        open_trainable("c3d", iterations=2, weights="nothing").train(people, tmp_path, 3)
    open_trainable("c3d", iterations=1, weights=str(weights)).train(people[:4], tmp_path / "next")
    record = json.loads((tmp_path / "next" / "method.json").read_text())
    assert record["leaks"] == ["a test"] and record["seen"][:-1] == info["seen"]


def test_a_run_outlives_its_recipes_file_and_knows_when_it_changes(tmp_path: Path) -> None:
    people, file = small_world().train, tmp_path / "mine.yaml"
    file.write_text(load_recipe("reproduce").to_yaml())
    asked = {**ONE, "recipe": str(file)}
    made = open_trainable("c3d", **asked).train(people, tmp_path / "run")
    file.write_text(load_recipe("reproduce", training__optimiser__lr=1e-5).to_yaml())
    with pytest.raises(RecipeError, match="holds another training"):
        open_trainable("c3d", **asked).train(people, tmp_path / "run")
    file.unlink()
    assert choose_method(tmp_path / "run", None, None).key() == made.key()


def test_a_start_that_knows_the_tested_is_refused_before_any_work(tmp_path: Path) -> None:
    world = open_dataset("synthetic", None, **WORLD)
    tested = world.split("0")
    other = tested.query + tested.gallery
    named = populations("synthetic", WORLD, tested)
    open_trainable("c3d", **ONE).train(other, tmp_path / "before", populations=named)
    start = str(tmp_path / "before" / "network" / "best.safetensors")
    with pytest.raises(RecipeError, match="c3d was trained on 2 of the 2 test people"):
        evaluate_job(wanted(iterations=1, weights=start), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("settings", "published", "sentence"),
    [({"recipe": "none"}, False, "no recipe named 'none'"), ({}, True, "name the converted file by weights=FILE")],
)
def test_what_it_trains_by_is_looked_at_before_any_work(
    settings: dict[str, Any], published: bool, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=sentence):
        open_trainable("c3d", published, **settings).train(small_world().train, tmp_path)
    asked = Wanted("synthetic", None, None, None, None, None, "0", ("euclidean",), WORLD, {}, published)
    changed = {f"c3d.{key}": value for key, value in settings.items()}
    with pytest.raises(RecipeError, match=sentence):
        compare_job(["colour", "c3d"], Wanted(**{**vars(asked), "settings": changed}), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_the_papers_tables_have_ours_already() -> None:
    assert "c3d" in METHODS and "c3d" not in known_methods("all")
    with pytest.raises(RecipeError, match="no compared method named 'c3d'"):
        known_methods("c3d")
