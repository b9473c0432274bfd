"""Cells: what is measured once and kept as one small JSON, under a key of everything that it depends on."""

from __future__ import annotations

import json
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch

from resight.errors import DataError
from resight.experiments.paper.data import digest
from resight.experiments.peak_memory import PeakMemory
from resight.files import write_text
from resight.training.run import commit, versions

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

SCHEMA = 1


class Cell(Protocol):
    """One training, or one evaluation: a frozen dataclass, so that equal cells are one."""

    @property
    def kind(self) -> str:
        """``training`` or ``trial``; the folder of its results."""
        ...

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return all that the result depends on, as plain data."""
        ...

    def words(self, lab: Lab) -> str:
        """Say in a few words what is measured."""
        ...

    def needs(self) -> tuple[Cell, ...]:
        """Return the trainings that it stands on."""
        ...

    def measure(self, lab: Lab) -> dict[str, Any]:
        """Do the work and return the result as plain data."""
        ...


class Ledger:
    """The finished cells of a results folder.

    Parameters
    ----------
    folder : Path
        Gets ``KIND/KEY.json``: `key`, `what` in words, `needs` (the cell's record), `made` (when, by what, in how many
        seconds) and `result`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, kind: str, key: str) -> Path:
        """Return where a cell's result stands or will stand."""
        return self.folder / kind / f"{key}.json"

    def has(self, kind: str, key: str) -> bool:
        """Tell whether a cell is done."""
        return self.path(kind, key).is_file()

    def load(self, kind: str, key: str) -> dict[str, Any]:
        """Read a cell.

        Raises
        ------
        DataError
            Where it is not done, or the file is damaged or of another cell.
        """
        path = self.path(kind, key)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["schema"] != SCHEMA or content["key"] != key or not isinstance(content["result"], dict):
                raise KeyError("schema")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: not a finished cell; delete it to measure it again") from error
        return dict(content)

    def save(self, cell: Cell, lab: Lab, result: dict[str, Any], made: dict[str, Any]) -> None:
        """Write a cell, whole or not at all."""
        key = lab.key(cell)
        content = {
            "schema": SCHEMA,
            "key": key,
            "what": cell.words(lab),
            "needs": cell.record(lab),
            "made": made,
            "result": result,
        }
        lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in content.items())
        write_text(self.path(cell.kind, key), "{\n" + lines + "\n}\n")

    def seconds(self, kind: str) -> list[float]:
        """Return how long the finished cells of a kind took."""
        return [
            float(self.load(kind, path.stem)["made"]["seconds"]) for path in sorted((self.folder / kind).glob("*.json"))
        ]


def key_of(record: dict[str, Any]) -> str:
    """Name a cell by what it depends on."""
    return digest(record)


def circumstances(seconds: float, begun_at: str, memory: PeakMemory) -> dict[str, Any]:
    """Say when, where and by what a cell was measured: nothing that its key depends on."""
    cuda = torch.cuda.is_available()
    return {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "mebibytes": memory.mebibytes and round(memory.mebibytes),
        "commit": begun_at,
        "python": platform.python_version(),
        "versions": versions(),
        "device": torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads",
    }


def timed(cell: Cell, lab: Lab) -> dict[str, Any]:
    """Measure a cell and keep it at once."""
    begun_at, begun, memory = commit(), time.perf_counter(), PeakMemory()
    result = cell.measure(lab)
    made = circumstances(time.perf_counter() - begun, begun_at, memory)
    if cell.kind == "training" and lab.devices > 1:  # the memory was that of other processes
        made |= {"devices": lab.devices, "mebibytes": None}
    lab.ledger.save(cell, lab, result, made | ({"jobs": lab.jobs} if lab.jobs > 1 else {}))
    return result
