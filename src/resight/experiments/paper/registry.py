"""The experiments by name, in the order in which ``all`` does them."""

from __future__ import annotations

import importlib

from resight.errors import RecipeError
from resight.experiments.paper.experiment import Experiment

EXPERIMENTS: dict[str, str] = {
    "figure1": "resight.experiments.paper.figure1",
    "pretraining": "resight.experiments.paper.pretraining",
    "figure4": "resight.experiments.paper.figure4",
    "table1": "resight.experiments.paper.table1",
    "table2": "resight.experiments.paper.table2",
    "table3": "resight.experiments.paper.table3",
    "cost": "resight.experiments.paper.cost",
    "figure2": "resight.experiments.paper.figure2",
    "figure3": "resight.experiments.paper.figure3",
    "figure5": "resight.experiments.paper.figure5",
    "temporal": "resight.experiments.paper.temporal",
    "ablations": "resight.experiments.paper.ablations",
}
"""Name → module with an `EXPERIMENT`; adding an experiment takes a file, this line, and a test."""


def open_experiment(name: str) -> Experiment:
    """Return an experiment.

    Raises
    ------
    RecipeError
        Where the name is unknown.
    """
    if name not in EXPERIMENTS:
        raise RecipeError(f"no experiment named {name!r}; there are {', '.join(EXPERIMENTS)}, all")
    found: Experiment = importlib.import_module(EXPERIMENTS[name]).EXPERIMENT
    return found


def chosen(names: list[str]) -> list[str]:
    """Return the experiments asked for, ``all`` standing for all, each once; raises `RecipeError` for unknown ones."""
    wanted = dict.fromkeys(name for asked in names for name in (EXPERIMENTS if asked == "all" else [asked]))
    for name in wanted:
        if name not in EXPERIMENTS:
            raise RecipeError(f"no experiment named {name!r}; there are {', '.join(EXPERIMENTS)}, all")
    return list(wanted)
