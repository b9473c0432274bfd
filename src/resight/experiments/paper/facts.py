"""How cells were measured, in words: for the foot of a page, and for a column of the claims page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resight.counting import counted
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.published import figures
from resight.training.run import commit

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab
    from resight.experiments.paper.settings import Changes


def facts(lab: Lab, cells: Sequence[Cell], command: str) -> dict[str, str]:
    """Say how the cells of a page were measured, where it has any, and by which code it is drawn."""
    every = lab.distinct(cells)
    found = {
        "command": command or "not recorded",
        "sets": ", ".join(lab.data[name].title for name in lab.data.here()),
        "drawn by": commit()[:12] or "not recorded",
    }
    if not every:
        return found
    done = [lab.ledger.load(cell.kind, lab.key(cell)) for cell in every if lab.done(cell)]
    commits = sorted({cell["made"]["commit"][:12] for cell in done if cell["made"]["commit"]})
    devices = sorted({cell["made"]["device"] for cell in done})
    hours = sum(cell["made"]["seconds"] for cell in done) / 3600
    return found | {
        "cells": f"{len(done)} of {len(every)} measured",
        "measured in": f"{hours:.2f} hours",
        "on": "; ".join(devices) or "nothing",
        "code": ", ".join(commits) or "not recorded",
    }


def column(lab: Lab, cells: Sequence[Cell], command: str) -> dict[str, str]:
    """Say what a column of the claims page stands on: sets with their sizes, trainings, repeats, command, code."""
    foot = facts(lab, cells, command)
    kept = ("command", "cells", "on", "code")
    splits, seeds = counted(lab.settings.splits, "split"), counted(lab.settings.seeds, "seed")
    return {
        **{name: set_words(lab, name) for name in lab.data.here()},
        "recipe": f"{lab.settings.recipe}, begun from {Path(lab.recipe().model.weights or 'random weights').name}",
        "model 1": f"the shipped {lab.settings.tuned}" if lab.settings.tuned else _training(lab, ()),
        "model 2": _training(lab, tuple(lab.settings.second.items())),
        "other trainings": f"of claims 2, 8 and 10 to 13: {_training(lab, tuple(lab.settings.short.items()))}",
        "repeats": f"{splits} for tables 1 to 3, {seeds} for the others",
        **{name: foot[name] for name in kept if name in foot},
    }


def set_words(lab: Lab, name: str) -> str:
    """Say what a set is called, how many train, ask and stand in the gallery, and whether the paper tests on it."""
    split = lab.split(name, 0)
    asked = f"{split.n_people} ask in {counted(len(split.query), 'query', 'queries')}"
    sizes = f"{len(split.train.identities)} people train, {asked}, {len(split.gallery):,} tracklets in the gallery"
    return f"{lab.data[name].title}: {sizes}; {'' if is_the_papers(lab, name) else 'not '}the paper's own set"


def is_the_papers(lab: Lab, name: str) -> bool:
    """Tell by its sizes whether a set is the paper's own: people that train and that ask, and the gallery."""
    split = lab.split(name, 0)
    sizes = [len(split.train.identities), split.n_people, len(split.gallery)]
    return not lab.data[name].synthetic and sizes in figures()["sizes"].get(name, [])


def other_sets(lab: Lab, names: Sequence[str]) -> list[str]:
    """Say of which real sets the published figures are not, where a page sets them beside ours."""
    real = [lab.data[name].title for name in names if not lab.data[name].synthetic and not is_the_papers(lab, name)]
    return [f"{title} is not the paper's own set: published figures beside it are of another test." for title in real]


def _training(lab: Lab, changes: Changes) -> str:
    training = lab.recipe(changes).training
    return f"{training.iterations:,} iterations of {training.batches.size} clips"
