"""Where the experiments are done: settings, data, finished cells, and a folder for weights and features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from resight.datasets import Split
from resight.errors import RecipeError
from resight.experiments.paper.cells import Cell, Ledger, key_of, timed
from resight.experiments.paper.claims import read_weighing
from resight.experiments.paper.data import PaperData, real_data, side_digest, synthetic_data, user_clip
from resight.experiments.paper.settings import Changes, Settings, load_settings
from resight.features.extract import Extractor
from resight.methods.opening import open_method
from resight.methods.registry import METHODS
from resight.training.batches import refuse_uneven
from resight.training.processes import refuse_devices
from resight.training.recipe import Recipe


@dataclass(eq=False)
class Lab:
    """All that a cell needs to be measured.

    Attributes
    ----------
    settings : Settings
    data : PaperData
    ledger : Ledger
        Finished cells.
    work : Path
        Weights, features and drawn frames; can be thrown away, and is then made again where it is needed.
    methods : tuple of str
        Compared methods asked for: of `resight.methods.METHODS`, ``lomo``, or ``onnx:FILE``.
    devices : int
        Devices that a training uses.
    jobs : int
        Processes that measure cells side by side.
    again : callable or None
        Opens the same lab in another of them.
    clip, boxes : Path or None
        A video of the user's, and its tracks, for figure 3.
    beside : tuple of Path
        Folders of other reproductions, whose verdicts stand beside these on the claims page.
    console : Console or None
    """

    settings: Settings
    data: PaperData
    ledger: Ledger
    work: Path
    methods: tuple[str, ...] = ()
    devices: int = 1
    jobs: int = 1
    again: Callable[[], Lab] | None = None
    console: Console | None = None
    clip: Path | None = None
    boxes: Path | None = None
    beside: tuple[Path, ...] = ()
    _splits: dict[tuple[str, int], Split] = field(default_factory=dict, repr=False)
    _keys: dict[Any, str] = field(default_factory=dict, repr=False)
    _digests: dict[tuple[str, int, str], str] = field(default_factory=dict, repr=False)
    _recipes: dict[Changes, Recipe] = field(default_factory=dict, repr=False)
    _extractor: tuple[Any, Extractor] | None = field(default=None, repr=False)

    def recipe(self, changes: Changes = ()) -> Recipe:
        """Return the recipe of the experiments with keys set anew."""
        if changes not in self._recipes:
            self._recipes[changes] = self.settings.recipe_with(changes)
        return self._recipes[changes]

    def split(self, name: str, number: int) -> Split:
        """Return a split of a set or a variant."""
        if (name, number) not in self._splits:
            self._splits[name, number] = self.data[name].make_split(number)
        return self._splits[name, number]

    def side(self, name: str, number: int, *sides: str) -> dict[str, Any]:
        """Describe sides (train, query, gallery) of a split as plain data, for a cell's record."""
        found: dict[str, Any] = {"domain": self.data[name].record}
        for side in sides:
            key = (name, number, side)
            if key not in self._digests:
                self._digests[key] = side_digest(getattr(self.split(name, number), side))
            found[side] = self._digests[key]
        return found

    def key(self, cell: Cell) -> str:
        """Return a cell's key."""
        if cell not in self._keys:
            self._keys[cell] = key_of(cell.record(self))
        return self._keys[cell]

    def distinct(self, cells: Iterable[Cell]) -> list[Cell]:
        """Return cells and the trainings that they stand on in order, those of equal keys once."""
        found: dict[str, Cell] = {}
        for cell in with_needs(cells):
            found.setdefault(self.key(cell), cell)
        return list(found.values())

    def done(self, cell: Cell) -> bool:
        """Tell whether a cell's result is there."""
        return self.ledger.has(cell.kind, self.key(cell))

    def result(self, cell: Cell) -> dict[str, Any] | None:
        """Return a finished cell's result, None where it is not done."""
        return dict(self.ledger.load(cell.kind, self.key(cell))["result"]) if self.done(cell) else None

    def run(self, cell: Cell) -> dict[str, Any]:
        """Return a cell's result, measured now where it is not there."""
        return self.result(cell) or timed(cell, self)

    def extractor(self, source: Any) -> Extractor:
        """Return a source's extractor; the last one is kept, so that trials in turn share it."""
        if self._extractor is None or self._extractor[0] != source:
            self._extractor = (source, source.extractor(self))
        return self._extractor[1]

    def say(self, text: str) -> None:
        """Tell the user what is going on."""
        if self.console is not None:
            self.console.print(text, highlight=False, markup=False)


def open_lab(
    out: Path,
    *,
    data: Sequence[str] = (),
    options: dict[str, Any] | None = None,
    synthetic: bool = False,
    aerial: str | None = None,
    further: str | None = None,
    quick: bool = False,
    seeds: int | None = None,
    methods: str | None = None,
    recipe: str | None = None,
    changes: dict[str, Any] | None = None,
    devices: int = 1,
    jobs: int = 1,
    work: Path | None = None,
    clip: Path | None = None,
    boxes: Path | None = None,
    beside: Sequence[Path] = (),
    console: Console | None = None,
) -> Lab:
    """Make the lab that the command line describes; finished cells stand in ``OUT/cells``.

    Raises
    ------
    RecipeError
        Where not exactly one of real data and the synthetic world is asked for, or a name or value is wrong.
    DataError
        Where a folder, a video, its tracks or another reproduction's claims are not there, or cannot be read.
    """
    arguments = {name: value for name, value in locals().items() if name != "console"}
    arguments |= {"clip": None, "boxes": None, "beside": ()}  # no cell is measured by these
    if bool(data) == synthetic:
        raise RecipeError("give --data FOLDER for the real sets, or --synthetic for the embedded world")
    if synthetic and (aerial is not None or further is not None or options):
        raise RecipeError("--aerial, --further and --option are for real sets: the embedded world has none of them")
    refuse_devices(devices)
    if jobs < 1 or jobs > 1 < devices:
        raise RecipeError("--jobs is 1 or more, and more than one only where a training uses one device")
    settings = load_settings(quick, recipe, seeds, **(changes or {}))
    if settings.recipe_with(()).metrics.by_camera:
        raise RecipeError("metrics.by_camera is of `resight run`: the paper's tables test on unseen cameras too")
    for part in ({}, settings.second, settings.short):
        refuse_uneven(settings.recipe_with(tuple(part.items())).training, devices)
    found = synthetic_data(settings) if synthetic else real_data(data, aerial, options or {}, further)
    known = known_methods(methods)
    for name in known:
        if name in METHODS:
            settings.method(name)
    idle = ",".join(sorted({key.partition(".")[0] for key in changes or {}} & set(METHODS) - set(known)))
    if idle:
        raise RecipeError(f"settings of {idle} are given, but not --methods {idle}")
    if clip or boxes:
        user_clip(clip, boxes)
    for folder in beside:
        read_weighing(folder / "claims.json")
    return Lab(
        settings,
        found,
        Ledger(out / "cells"),
        work or out / "work",
        known,
        devices,
        jobs,
        partial(open_lab, **arguments),
        console,
        clip,
        boxes,
        tuple(beside),
    )


def known_methods(text: str | None) -> tuple[str, ...]:
    """Return the compared methods named with commas; ``all`` stands for all that need no file.

    Raises
    ------
    RecipeError
        Where one is unknown, or stands in the tables anyway.
    """
    compared = [name for name in METHODS if name != "c3d"]  # ours stands in every table
    names = [*compared, "lomo"] if text == "all" else [name for name in (text or "").split(",") if name]
    for name in names:
        if name == "lomo" or name.startswith("onnx:"):
            open_method(name)
        elif name not in compared:
            raise RecipeError(
                f"no compared method named {name!r}; there are {', '.join(compared)}, lomo, onnx:FILE, all"
            )
    return tuple(dict.fromkeys(names))


def with_needs(cells: Iterable[Cell]) -> list[Cell]:
    """Return cells and the trainings that they stand on, each once, what is needed before what needs it."""
    ordered: dict[Cell, None] = {}

    def add(cell: Cell) -> None:
        for need in cell.needs():
            add(need)
        ordered.setdefault(cell)

    for cell in cells:
        add(cell)
    return list(ordered)
