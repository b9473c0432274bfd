"""How large the experiments are: people, lengths, splits, seeds; and which recipe fine-tunes."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml
from pydantic import Field, ValidationError

from resight.errors import RecipeError
from resight.methods import METHODS, Method, open_trainable
from resight.settings import first_problem
from resight.training.recipe import Part, Recipe, load_recipe

Changes = tuple[tuple[str, Any], ...]
"""Keys of a recipe set anew, dots between levels, with values that can be hashed."""
SCRATCH: Changes = (("model.weights", None),)
"""Begin from random weights."""


class People(Part):
    """People of a domain of the world, and the range of their tracklets' lengths."""

    people: int = Field(ge=4)
    frames: tuple[int, int]


class MarsPeople(People):
    """So many people train and as many are tested; tracklets of each in each camera; who else is in the gallery."""

    tracklets: int = Field(1, ge=1)
    distractors: int = Field(0, ge=0)
    junk: int = Field(0, ge=0)


class World(Part):
    """The synthetic stand-ins of the paper's four sets."""

    seed: int = Field(0, ge=0)
    prid: People
    ilids: People
    aerial: People
    mars: MarsPeople


PARTS = ("second", "short")
"""Trainings that have keys of the recipe of their own: model 2, and those of temporal, ablations and figure 5."""


class Settings(Part):
    """Sizes and recipes of a reproduction.

    Attributes
    ----------
    recipe : name or file of the recipe that fine-tunes
    tuned : name of the shipped network that stands for the first model in a quick run, None where it is trained
    actors : people whose actions the pre-trained network is tested on, in each domain
    splits, seeds : repeats of tables 1 to 3, and of the other experiments
    world : sizes of the synthetic sets
    attacks : how far attacks of figure 5 move a pixel, in grey levels
    base, second, short : keys of the recipe set anew for every training, for model 2, for the shorter trainings; those
        of model 2 and of shorter trainings belong to the recipe `reproduce` and, but for a quick run, go with it
    methods : settings of compared methods set anew, by the method's name
    quick : whether this is a short run
    """

    recipe: str = "reproduce"
    tuned: str | None = None
    actors: int = Field(30, ge=1)
    splits: int = Field(5, ge=1)
    seeds: int = Field(3, ge=1)
    world: World
    attacks: tuple[float, ...] = Field(min_length=1)
    base: dict[str, Any] = Field(default_factory=dict)
    second: dict[str, Any] = Field(default_factory=dict)
    short: dict[str, Any] = Field(default_factory=dict)
    methods: dict[str, dict[str, Any]] = Field(default_factory=dict)
    quick: bool = False

    def method(self, name: str) -> Method:
        """Return a compared method with its settings.

        Raises
        ------
        RecipeError
            Where a setting is unknown, or a value out of range.
        """
        return open_trainable(name, **self.methods.get(name, {}))

    def recipe_with(self, changes: Changes = ()) -> Recipe:
        """Return the recipe with keys set anew."""
        keys = {key.replace(".", "__"): value for key, value in (*self.base.items(), *changes)}
        return load_recipe(self.recipe, **keys)


def load_settings(
    quick: bool = False, recipe: str | None = None, splits: int | None = None, **changed: Any
) -> Settings:
    """Read the settings.

    Parameters
    ----------
    quick : bool
        Few people, short trainings.
    recipe : str or None
        Another recipe, by name or file.
    splits : int or None
        Repeats of every experiment.
    **changed
        Keys of the recipe, dots between levels, for every training; ``second.KEY`` for model 2 alone, ``short.KEY`` for
        the shorter trainings; ``METHOD.KEY`` for a compared method's setting.

    Raises
    ------
    RecipeError
        Where a value is out of range.
    """
    content = yaml.safe_load((files("resight") / "experiments" / "paper" / "settings.yaml").read_text("utf-8"))
    smaller = content.pop("quick")
    if quick:
        content |= smaller | {"quick": True}
    if recipe is not None:
        content["recipe"] = recipe
        if recipe != "reproduce" and not quick:  # what was found for the small network is not laid over another recipe
            content |= {"second": {}, "short": {}}
    if splits is not None:
        content |= {"splits": splits, "seeds": splits}
    content["base"] = dict(content.get("base", {}))
    for key, value in changed.items():
        name, _, setting = key.partition(".")
        if name in METHODS:
            content["methods"].setdefault(name, {})[setting] = value
        elif name in PARTS:
            if isinstance(value, dict | list):
                raise RecipeError(f"{key}: takes one value, name the keys below it")
            content[name] = content[name] | {setting: value}
        else:
            content["base"][key] = value
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        raise RecipeError(f"settings of the reproduction: {first_problem(error)}") from error
    for part in ({}, settings.second, settings.short):
        settings.recipe_with(tuple(part.items()))
    return settings
