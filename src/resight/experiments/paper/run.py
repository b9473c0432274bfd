"""Reproduces the paper: measures what is not there yet, then draws tables, pages and claims."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from resight.errors import DataError, ResightError
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.claims import read_weighing, weigh
from resight.experiments.paper.claims_page import claims_page
from resight.experiments.paper.facts import facts
from resight.experiments.paper.jobs import measure_side_by_side
from resight.experiments.paper.lab import Lab, with_needs
from resight.experiments.paper.registry import chosen, open_experiment
from resight.experiments.paper.render import write_page
from resight.files import write_text
from resight.synthetic.cache import cache_on_disk


def reproduce(lab: Lab, names: Sequence[str], out: Path, command: str = "") -> list[Path]:
    """Measure all cells of some experiments and write their pages.

    What is done is not done again; a run that was stopped goes on. After each experiment its page is written, and the
    claims page anew; with several jobs, after all of them. A cell that cannot be measured, as a method that would need
    too much memory, and those that stand on it are passed over, and told at the end.

    Parameters
    ----------
    lab : Lab
    names : sequence of str
        Of `EXPERIMENTS`, or ``all``.
    out : Path
        Gets a folder for each experiment, ``claims.json`` and ``claims.md``.
    command : str
        What the user typed, for the pages.

    Returns
    -------
    list of Path
        The HTML pages.

    Raises
    ------
    RecipeError
        Where a name is unknown.
    DataError
        Where none of the paper's sets is here, or one that an experiment uses cannot be used.
    ResightError
        At the end, where cells could not be measured: the first one's reason.
    """
    wanted = chosen(list(names))
    _need_sets(lab, wanted)
    _hide(lab.work)
    cache_on_disk(lab.work / "world")
    pages = []
    failed: dict[Cell, str] = {}
    try:
        if lab.jobs > 1:
            failed = measure_side_by_side(lab, _left(lab, wanted), lab.jobs)
        for name in wanted:
            if lab.jobs == 1:
                _measure(lab, name, failed)
            pages.append(draw(lab, name, out, command))
    finally:
        cache_on_disk(None)
    if failed:
        first, reason = next(iter(failed.items()))
        raise ResightError(f"{len(failed)} cells could not be measured; {first.words(lab)}: {reason}")
    return pages


def _left(lab: Lab, names: Sequence[str]) -> list[Cell]:
    """Return the cells of some experiments that are to do, what is needed before what needs it."""
    cells = lab.distinct(cell for name in names for cell in open_experiment(name).cells(lab))
    left = [cell for cell in cells if not lab.done(cell)]
    lab.say(f"{', '.join(names)}: {len(cells)} cells, {len(left)} to do")
    return left


def _measure(lab: Lab, name: str, failed: dict[Cell, str]) -> None:
    """Measure an experiment's cells one after the other; add to `failed` those that cannot be measured."""
    left = _left(lab, [name])
    for number, cell in enumerate(left, start=1):
        lab.say(f"{name} {number}/{len(left)}: {cell.words(lab)}")
        if {lab.key(need) for need in with_needs([cell])} & {lab.key(lost) for lost in failed}:
            lab.say("passed over: it stands on a cell that could not be measured")
            continue
        try:
            lab.run(cell)
        except ResightError as error:
            failed[cell] = str(error)
            lab.say(f"not measured: {error}")


def draw_all(lab: Lab, names: Sequence[str], out: Path, command: str = "") -> list[Path]:
    """Write the pages of some experiments from what is done; measures nothing, and has the errors of `reproduce`."""
    wanted = chosen(list(names))
    _need_sets(lab, wanted)
    return [draw(lab, name, out, command) for name in wanted]


def draw(lab: Lab, name: str, out: Path, command: str = "") -> Path:
    """Write the page of one experiment from what is done."""
    experiment = open_experiment(name)
    synthetic = is_synthetic(lab)
    page = write_page(
        experiment.page(lab), experiment, out / name, facts(lab, experiment.cells(lab), command), synthetic
    )
    weighing = weigh(lab, synthetic, command)
    write_text(out / "claims.json", weighing.to_json())
    write_text(out / "claims.md", claims_page([weighing, *(read_weighing(p / "claims.json") for p in lab.beside)]))
    write_text(out / "recipe.yaml", lab.recipe().to_yaml())
    write_text(out / "settings.yaml", yaml.safe_dump(lab.settings.model_dump(mode="json"), sort_keys=False))
    return page


def is_synthetic(lab: Lab) -> bool:
    """Whether the people are drawn."""
    return any(lab.data[name].synthetic for name in lab.data.here())


def _need_sets(lab: Lab, names: Sequence[str]) -> None:
    for name in names:
        lab.data.require(open_experiment(name).sets)
    if not lab.data.here():
        raise DataError("none of the paper's sets is here; `--check` says why")


def _hide(work: Path) -> None:
    """Keep the working folder out of git: weights and features are made again where they are needed."""
    write_text(work / ".gitignore", "*\n")
