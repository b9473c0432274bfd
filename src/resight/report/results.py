"""What a run found, as plain records that go to ``results.json`` and come back; all tables and plots come from them."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from resight.errors import DataError, InputError
from resight.evaluation.intervals import Verdict
from resight.files import write_text

SCHEMA = 1
Number = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
"""A float that is NaN where the JSON has null, for JSON has no NaN."""
Ends = tuple[Number, Number]


@dataclass(frozen=True)
class Record:
    """One method measured once: one domain, one split, one seed. Shares are fractions, 0 to 1.

    Attributes
    ----------
    domain, method, weights, metric, protocol, split : str
        What was measured; `method` is its name in every table, `weights` says where its weights came from.
    seed : int
    n_people, n_query, n_valid, n_gallery : int
        People tested on, queries, queries that have a true match, gallery entries.
    cmc : list of float
        ``cmc[0]`` is rank-1; at least 50 long, or as long as the gallery.
    map, minp : float
        Mean average precision, mean inverse negative penalty; NaN where not measured.
    interval : {"rank1": (low, high), "map": (low, high)} or None
        95 % intervals over test people.
    band : {"low": [...], "high": [...]} or None
        95 % band of the CMC, as long as `cmc`.
    seconds : float or None
        Time to extract and rank, in seconds.
    synthetic : bool
        Whether the people measured on are synthetic.

    Raises
    ------
    InputError
        Where a share lies outside 0 to 1, or the CMC is empty or falls.
    """

    domain: str
    method: str
    weights: str
    metric: str
    protocol: str
    split: str
    seed: int
    n_people: int
    n_query: int
    n_valid: int
    n_gallery: int
    cmc: list[Number]
    map: Number = math.nan
    minp: Number = math.nan
    interval: dict[str, Ends] | None = None
    band: dict[str, list[Number]] | None = None
    seconds: float | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        name = f"the record of {self.method} on {self.domain}"
        if len(self.cmc) == 0 or (np.diff(self.cmc) < -1e-9).any():
            raise InputError(f"{name}: its CMC is empty or falls with the rank")
        if any(share < 0 or share > 1 + 1e-9 for share in (*self.cmc, self.map, self.minp)):
            raise InputError(f"{name}: CMC, mAP and mINP are fractions from 0 to 1")
        if self.band and any(len(self.band.get(end, ())) != len(self.cmc) for end in ("low", "high")):
            raise InputError(f"{name}: the band of its CMC must have a low and a high end at every rank")


@dataclass(frozen=True)
class Pooled:
    """The 95 % interval of a method over all its splits and seeds (METHODS §3.6), fractions."""

    domain: str
    method: str
    metric: str
    protocol: str
    interval: dict[str, Ends]


@dataclass(frozen=True)
class Comparison:
    """The paired difference a - b of one figure (`what`, as "rank-1"), its 95 % interval (fractions), the verdict.

    `n_runs` counts the splits and seeds that it was measured over.
    """

    a: str
    b: str
    domain: str
    what: str
    difference: Number
    low: Number
    high: Number
    verdict: Verdict
    n_runs: int = 1


@dataclass(frozen=True)
class Cost:
    """What a method costs: seconds to train, milliseconds a tracklet (median), learned numbers, size of a feature,
    and the most memory (MiB) that its process held while describing. None where it does not train or nothing says.
    """

    method: str
    train_seconds: float | None
    tracklet_milliseconds: float
    parameters: int | None
    feature_size: int
    peak_megabytes: float | None


@dataclass(frozen=True)
class TrainingRun:
    """The course of one training: rows of step, loss, lr, val_rank1, val_map …; a value not measured is missing."""

    name: str
    rows: list[dict[str, Number]]

    @classmethod
    def from_csv(cls, name: str, path: str | Path) -> TrainingRun:
        """Read the ``metrics.csv`` of a run's folder; empty cells are left out.

        Raises
        ------
        DataError
            Where the file is missing or a cell is no number.
        """
        try:
            with Path(path).open(newline="", encoding="utf-8") as file:
                rows = [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(file)]
        except (OSError, ValueError, TypeError) as error:
            raise DataError(f"{path}: not a table of training metrics ({error})") from error
        return cls(name, rows)

    def series(self, column: str) -> tuple[list[float], list[float]]:
        """Return the steps and values of a column, where it was measured."""
        found = [(row["step"], row[column]) for row in self.rows if math.isfinite(row.get(column, math.nan))]
        return [step for step, _ in found], [value for _, value in found]


@dataclass(frozen=True)
class Results:
    """A whole run: what was done, with what, and what came out.

    Attributes
    ----------
    title, created, command, commit : str
        `created` as ISO 8601; `command` and `commit` are "" where unknown.
    recipe : dict
        The recipe as it was run.
    versions : dict
        Library to version.
    records, pooled, comparisons, notes, training, costs
        What was measured; see the records' own pages. Notes are sentences for the reader.
    rankings : list of dict
        The ranked lists that the report shows, in words: no pictures.
    """

    title: str
    created: str
    command: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    commit: str = ""
    records: list[Record] = field(default_factory=list)
    pooled: list[Pooled] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    training: list[TrainingRun] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    rankings: list[dict[str, Any]] = field(default_factory=list)
    schema: int = SCHEMA

    @property
    def synthetic(self) -> bool:
        """Whether anything was measured on synthetic people."""
        return any(record.synthetic for record in self.records)

    def save(self, path: str | Path) -> None:
        """Write ``results.json``, whole or not at all; NaN and infinity become null."""
        text = _ADAPTER.dump_json(self, indent=1).decode()
        write_text(path, text + "\n")

    @classmethod
    def load(cls, path: str | Path) -> Results:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            Where the file is missing, damaged, or of another schema.
        """
        try:
            results = _ADAPTER.validate_json(Path(path).read_bytes())
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the whole file"
            raise DataError(f"{path}: not whole results of Resight ({place}: {first['msg']})") from error
        if results.schema != SCHEMA:
            raise DataError(f"{path}: written in schema {results.schema}, this version reads schema {SCHEMA}")
        return results


_ADAPTER = TypeAdapter(Results)
