"""Cells: one measure of one situation, kept as one small JSON and not measured twice."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resight.errors import DataError
from resight.files import write_text
from resight.synthetic.cache import DRAWN
from resight.synthetic.calibration.measures import C3D, MEASURES, measure, network
from resight.synthetic.calibration.settings import Settings
from resight.synthetic.calibration.situations import Situation
from resight.synthetic.synthesis import WORLD_VERSION

VERSION = 1
"""Of what is measured: raised when a measure changes its meaning."""
HELD = 1 << 30
"""Bytes of drawn frames that a process keeps meanwhile; with less, each cell of a large situation draws it anew."""


@dataclass(frozen=True)
class Cell:
    """One measure of one situation.

    Attributes
    ----------
    situation : Situation
    measure : str
    settings : Settings
    model : Path or None
    """

    situation: Situation
    measure: str
    settings: Settings
    model: Path | None = None

    def record(self) -> dict[str, Any]:
        """Return all that the figures depend on, as plain data."""
        own: dict[str, Any] = {"seed": self.settings.seed, "longest": self.settings.longest}
        if self.measure in ("chance", "oracle"):
            own["draws"] = self.settings.draws
        if self.measure == "oracle":
            own["noise"] = list(self.settings.noise)
        if self.measure in C3D:
            assert self.model is not None
            own["network"] = network(self.model).key()
        return {"version": VERSION, "world": WORLD_VERSION, "measure": self.measure} | self.situation.record() | own

    def path(self, folder: Path) -> Path:
        """Return where the cell stands or will stand: words to read, and a hash of all that it depends on."""
        key = hashlib.sha256(json.dumps(self.record(), sort_keys=True).encode()).hexdigest()[:12]
        who = self.situation
        words = f"{who.domain.name} {who.name} {self.measure} cameras {who.camera_seed} {key}".replace("×", "x")
        return folder / who.group / (re.sub(r"[^a-z0-9.]+", "-", words.lower()) + ".json")

    def measure_into(self, folder: Path) -> None:
        """Measure the cell and keep it, whole or not at all."""
        begun = time.perf_counter()
        filmed = self.situation.film(self.settings)
        rows = measure(self.measure, filmed, self.settings, self.model)
        content = {
            "rows": rows,
            "queries": len(filmed.query),
            "gallery": len(filmed.gallery),
            "seconds": round(time.perf_counter() - begun, 1),
            "record": self.record(),
        }
        write_text(self.path(folder), json.dumps(content, indent=1, sort_keys=True) + "\n")

    def load(self, folder: Path) -> dict[str, Any] | None:
        """Read the cell, None where it is not measured; raises `DataError` where its file is damaged."""
        path = self.path(folder)
        if not path.is_file():
            return None
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["record"] != json.loads(json.dumps(self.record())) or not content["rows"]:
                raise ValueError("another cell")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: not a finished cell; delete it to measure it again") from error
        return dict(content)


def cells_of(situation: Situation, settings: Settings, model: Path | None) -> list[Cell]:
    """List the cells of a situation; those of a network only where there is one."""
    names = [name for name in MEASURES[situation.group] if name not in C3D or model is not None]
    return [Cell(situation, name, settings, model if name in C3D else None) for name in names]


@dataclass(frozen=True)
class Task:
    """The cells of one situation that are missing, done one after the other: they share the films kept in memory."""

    cells: tuple[Cell, ...]
    folder: Path


def work(task: Task, say: Callable[[int], None]) -> None:
    """Do a task, and tell each cell that is done."""
    usual = DRAWN.limit
    DRAWN.limit = max(usual, HELD)
    try:
        for cell in task.cells:
            cell.measure_into(task.folder)
            say(1)
    finally:
        DRAWN.limit = usual
