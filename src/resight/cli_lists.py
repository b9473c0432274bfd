"""What comes with Resight: `resight models`, `resight methods`, `resight recipes`."""

from __future__ import annotations

from resight.terminal import console


def models() -> None:
    """List the networks, and the weights that come with Resight."""
    from resight.models import MODELS, shipped_models
    from resight.models.files import card

    for name in sorted(MODELS):
        console().print(f"{name}: {(MODELS[name].__doc__ or '').splitlines()[0]}", highlight=False)
    for name in shipped_models():
        console().print(f"{name}: {card(name).splitlines()[2]}", highlight=False, markup=False)


def methods() -> None:
    """List the methods that `--method` takes."""
    from resight.methods.opening import UNTRAINED
    from resight.methods.registry import METHODS, method_class

    for name, text in UNTRAINED.items():
        console().print(f"{name}: {text}", highlight=False)
    for name in METHODS:
        console().print(f"{name}: {method_class(name).summary} ({method_class(name).source})", highlight=False)


def recipes() -> None:
    """List the recipes that come with Resight."""
    from resight.training.recipe import load_recipe, shipped_recipes

    for name in shipped_recipes():
        console().print(f"{name}: {load_recipe(name).description}", highlight=False)
