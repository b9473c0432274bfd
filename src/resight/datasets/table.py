"""A CSV of pictures: ``path,person,camera,tracklet[,frame,domain,day,outfit]``."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from resight.counting import counted
from resight.errors import DataError
from resight.files import read_text
from resight.frames import IMAGE_SUFFIXES, numeric_order

NEEDED = ("path", "person", "camera", "tracklet")
OPTIONAL = ("frame", "domain", "day", "outfit")


@dataclass(frozen=True)
class Row:
    """Pictures of one tracklet as the user names it: one picture for a row of a CSV, all for a folder."""

    paths: tuple[Path, ...]
    person: str
    camera: str
    tracklet: str
    frame: int | None = None
    domain: str = ""
    day: int | None = None
    outfit: int | None = None
    source: str = ""


def read_table(path: Path) -> tuple[list[Row], list[str]]:
    """Read the rows of a CSV, the pictures of a tracklet in order, and what is worth saying of them.

    Relative paths start at the CSV's folder and stay in it; absolute ones are taken as they are.

    Raises
    ------
    DataError
        Where a column is missing, a cell cannot be used, or a picture or frame number comes twice in a tracklet, or its
        day or outfit changes.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), restkey="", skipinitialspace=True)
    columns = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise DataError(f"{path}: no column {', '.join(missing)}; its first line must name {','.join(NEEDED)}")
    unknown = [name for name in columns if name not in NEEDED + OPTIONAL]
    reader.fieldnames = columns
    rows, absolute = [], 0
    try:
        for cells in reader:
            row = _row(cells, path, reader.line_num)
            absolute += Path(cells["path"].strip()).is_absolute()
            rows.append(row)
    except csv.Error as error:
        raise DataError(f"{path} line {reader.line_num}: {error}") from error
    remarks = [f"{counted(absolute, 'picture is', 'pictures are')} named by absolute paths"] if absolute else []
    if unknown:
        remarks.append(f"columns that are not used: {', '.join(unknown)}")
    return _ordered(rows, path), remarks


def shared_pictures(rows: list[Row], path: Path) -> list[str]:
    """Name the pictures that two people or two cameras of a table share, one sentence for each pair of them."""
    owners: dict[Path, Row] = {}
    found: dict[tuple[str, ...], str] = {}
    for row in rows:
        for picture in row.paths:
            other = owners.setdefault(picture, row)
            pair = (other.domain, other.person, other.camera, row.domain, row.person, row.camera)
            if pair[:3] != pair[3:]:
                text = f"{picture} is of person {pair[1]} in {pair[2]} and of person {pair[4]} in {pair[5]}"
                found.setdefault(pair, f"{path}: {text}, and can be of one only")
    return list(found.values())


def _row(cells: dict[str, str | None], path: Path, line: int) -> Row:
    where = f"{path} line {line}"
    if "" in cells or None in cells.values():
        raise DataError(f"{where}: not as many cells as there are columns")
    text = {name: (cell or "").strip() for name, cell in cells.items()}
    for name in ("path", "person", "camera"):
        if not text[name]:
            raise DataError(f"{where}: {name} is empty")
    if re.fullmatch(r"-\d+", text["person"]) and text["person"] != "-1":
        raise DataError(f"{where}: person {text['person']} is negative, and only -1 (junk) may be")
    numbers = {}
    for name in ("frame", "day", "outfit"):
        value = text.get(name, "")
        if value and not re.fullmatch("[0-9]{1,9}", value):
            raise DataError(f"{where}: {name} {value!r} is no whole number")
        numbers[name] = int(value) if value else None
    return Row(
        paths=(_picture(text["path"], path.parent, where),),
        person=text["person"],
        camera=text["camera"],
        tracklet=text["tracklet"],
        domain=text.get("domain", ""),
        source=str(path),
        **numbers,
    )


def _picture(text: str, folder: Path, where: str) -> Path:
    if PurePosixPath(text).suffix.lower() not in IMAGE_SUFFIXES:
        raise DataError(f"{where}: {text} is no picture by its name")
    if Path(text).is_absolute():
        return Path(text)
    parts = PureWindowsPath(text).parts if "\\" in text else PurePosixPath(text).parts
    depth = 0
    for part in parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            raise DataError(f"{where}: {text} leads out of the folder of the CSV")
    return folder.joinpath(*parts)


def _ordered(rows: list[Row], path: Path) -> list[Row]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.domain, row.person, row.camera, row.tracklet), []).append(row)
    ordered: list[Row] = []
    for (_, person, camera, tracklet), group in groups.items():
        name = f"tracklet {tracklet or '-'} of person {person} in camera {camera}"
        frames = [row.frame for row in group if row.frame is not None]
        if 0 < len(frames) < len(group):
            raise DataError(f"{path}: {name} has frame numbers for some of its pictures only")
        if len(set(frames)) < len(frames):
            raise DataError(f"{path}: {name} has a frame number twice")
        for word, values in (("day", {row.day for row in group}), ("outfit", {row.outfit for row in group})):
            if len(values) > 1:
                raise DataError(f"{path}: {name} has more than one {word}")
        by_path = {row.paths[0]: row for row in group}
        if len(by_path) < len(group):
            raise DataError(f"{path}: {name} has a picture twice")
        order = sorted(by_path, key=lambda p: by_path[p].frame or 0) if frames else numeric_order(by_path)
        ordered.extend(by_path[p] for p in order)
    return ordered
