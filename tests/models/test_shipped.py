"""What ships was trained on nobody whom a test, a demo or a reproduction asks for."""

from __future__ import annotations

import pytest

from resight.datasets.actions import TEST_PEOPLE
from resight.datasets.synthetic import TRAINING_PEOPLE
from resight.experiments.paper.settings import load_settings
from resight.models import load_model, shipped_models
from resight.training.recipe import load_recipe, shipped_recipes

TRAINERS = {"actions": "c3d-small-actions", "synthetic": "c3d-small-synthetic", "campus": "c3d-small-campus"}
"""Recipe to the network that it made."""


def people_of(recipe: str) -> list[range]:
    found = []
    for source in load_recipe(recipe).data:
        if source.dataset == "synthetic":
            first = source.options.get("first_person", 1)
            found.append(range(first, first + source.options["people"]))
    return found


def test_training_people_stand_apart() -> None:
    assert all(people[0] >= TRAINING_PEOPLE for recipe in ("synthetic", "campus") for people in people_of(recipe))
    for recipe in set(shipped_recipes()) - set(TRAINERS):
        assert all(people[-1] < TRAINING_PEOPLE for people in people_of(recipe)), recipe
    assert TEST_PEOPLE + load_settings().actors < TRAINING_PEOPLE
    world = load_settings().world
    assert max(world.prid.people, world.ilids.people, world.aerial.people, 2 * world.mars.people) < TEST_PEOPLE


@pytest.mark.parametrize("recipe", TRAINERS)
def test_what_ships_says_by_what_and_on_whom_it_was_trained(recipe: str) -> None:
    model = load_model(TRAINERS[recipe])
    assert TRAINERS[recipe] in shipped_models() and model.info["recipe"] == recipe and model.info["leaks"] == []
    numbers = {name: set(people) for name, people in model.info["people"].items()}
    if recipe == "actions":
        assert numbers == {"actions": set(range(1, 21))}  # its people are actions
    else:
        assert set(numbers) == ({"campus"} if recipe == "campus" else {"prid", "ilids", "aerial"})
        ranges = people_of(recipe)
        assert all(person in ranges[0] for people in numbers.values() for person in people)
