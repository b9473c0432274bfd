"""CCVID (Gu et al., CVPR 2022): 226 people who change their clothes, in three sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from resight.datasets.base import Dataset, Split
from resight.datasets.listed import ListedFiles, read_lines
from resight.datasets.words import label_of, shift_from_zero
from resight.errors import DataError, RecipeError
from resight.frames import list_images
from resight.tracklets import Tracklet, TrackletSet

PUBLISHED = (226, 2856)
"""People and sequences."""
PARTS = ("train", "query", "gallery")
PROTOCOLS = ("cross_camera", "clothes_changing")
THIRD_SESSION = 12
"""Added to the cameras of session 3: its views are no views of the first two."""

Line = tuple[str, int, str]
"""Folder of a sequence, person, outfit."""


def open_ccvid(root: Path, protocol: str = "cross_camera", domain: str = "ccvid") -> Dataset:
    """Open CCVID: `train.txt`, `query.txt`, `gallery.txt`, and `session1/001_01/*.jpg`.

    A line of a list is a sequence's folder, the person and the outfit. The number behind the underscore is the view,
    taken as the camera.

    Parameters
    ----------
    root : Path
        The folder that holds the lists, or the one that contains it as `CCVID`.
    protocol : {"cross_camera", "clothes_changing"}
        The second skips gallery sequences of the person in the query's outfit.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where a list or a sequence is missing, or a line is not of that form.
    RecipeError
        Where the protocol is unknown.
    """
    if protocol not in PROTOCOLS:
        raise RecipeError(f"ccvid: no protocol {protocol!r}; there are {', '.join(PROTOCOLS)}")
    folder = root / "CCVID" if (root / "CCVID").is_dir() else root
    lists = {part: list(_lines(folder / f"{part}.txt")) for part in PARTS}
    shift = shift_from_zero(person for lines in lists.values() for _, person, _ in lines)
    words = sorted({(person, outfit) for lines in lists.values() for _, person, outfit in lines})
    outfits = {pair: number for number, pair in enumerate(words, start=1)}
    train, query, gallery = (TrackletSet(_tracklets(folder, lists[part], outfits, shift, domain)) for part in PARTS)

    def split(name: str) -> Split:
        return Split(name, None, train, query, gallery, protocol)

    everything = train + query + gallery
    problems = tuple(text for part in PARTS for text in _misnamed(lists[part], folder / f"{part}.txt"))
    found = (len(everything.identities), len(everything))
    remarks: tuple[str, ...] = ()
    if found != PUBLISHED:
        here, there = (f"{people:,} people, {sequences:,} sequences" for people, sequences in (found, PUBLISHED))
        remarks = (f"counts differ from the published CCVID: {here} here, {there} published",)
    return Dataset(
        name="ccvid",
        root=root,
        tracklets=everything,
        split_names=("official",),
        make_split=split,
        remarks=remarks,
        problems=problems,
        protocol=protocol,
    )


def _misnamed(lines: list[Line], path: Path) -> Iterator[str]:
    """Name the sequences that are listed as another person than their folder says."""
    for name, person, _ in lines:
        said = PurePosixPath(name).name.split("_")[0]
        if re.fullmatch("[0-9]{1,6}", said) and int(said) != person:
            yield f"{path}: {name} is listed as person {person}"


def _lines(path: Path) -> Iterator[Line]:
    seen: set[PurePosixPath] = set()
    for number, line in enumerate(read_lines(path), start=1):
        cells = line.split()
        parts = PurePosixPath(cells[0]).parts
        if len(cells) != 3 or not re.fullmatch("[0-9]{1,6}", cells[1]) or parts[0] == "/" or ".." in parts:
            raise DataError(f"{path} line {number}: expected the folder of a sequence, the person's number, the outfit")
        if not re.fullmatch("[^_]*_[0-9]{1,3}(_.*)?", parts[-1]):
            raise DataError(f"{path} line {number}: {cells[0]} is not named as CCVID names sequences, session1/001_01")
        if PurePosixPath(cells[0]) in seen:
            raise DataError(f"{path} line {number}: {cells[0]} is listed twice")
        seen.add(PurePosixPath(cells[0]))
        yield cells[0], int(cells[1]), cells[2]


def _tracklets(
    folder: Path, lines: list[Line], outfits: dict[tuple[int, str], int], shift: int, domain: str
) -> Iterator[Tracklet]:
    for name, person, outfit in lines:
        parts = PurePosixPath(name).parts
        place = folder.joinpath(*parts)
        camera = int(parts[-1].split("_")[1])
        yield Tracklet(
            person=person + shift,
            camera=camera + (THIRD_SESSION if parts[0] == "session3" else 0),
            domain=domain,
            key=name,
            frames=ListedFiles(place, tuple(path.name for path in list_images(place))),
            label=label_of(person, shift),
            outfit=outfits[person, outfit],
            source=str(place),
        )
