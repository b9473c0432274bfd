"""C3D by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import RecipeError
from resight.experiments.paper.lab import known_methods
from resight.features.clips import ClipExtractor
from resight.methods import METHODS, open_trainable
from resight.methods.opening import choose_method
from resight.models import load_model
from tests.methods.small_world import small_world


def test_a_recipe_is_trained_on_a_split_and_its_weights_know_whom_they_saw(tmp_path: Path) -> None:
    people = small_world().train
    method = open_trainable("c3d", iterations=1, weights="nothing")
    made = method.train(people, tmp_path, 3, ("a test",), populations={people[0].domain: "synthetic prid, seed 0"})
    assert isinstance(made, ClipExtractor) and made.name == "c3d"
    info = load_model(tmp_path / "best.safetensors").info
    assert info["leaks"] == ["a test"] and info["seed"] == 3
    assert [(seen["population"], len(seen["people"])) for seen in info["seen"]] == [("synthetic prid, seed 0", 12)]
    assert choose_method(tmp_path, None, None).key() == made.key()
    with pytest.raises(RecipeError, match="holds another training"):
        open_trainable("c3d", iterations=2, weights="nothing").train(people, tmp_path, 3)


def test_a_recipe_that_is_not_there_is_refused_before_any_work() -> None:
    with pytest.raises(RecipeError, match="no recipe named 'none'"):
        open_trainable("c3d", recipe="none")


def test_the_papers_tables_have_ours_already() -> None:
    assert "c3d" in METHODS and "c3d" not in known_methods("all")
    with pytest.raises(RecipeError, match="no compared method named 'c3d'"):
        known_methods("c3d")
