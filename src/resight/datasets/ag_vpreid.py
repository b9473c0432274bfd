"""AG-VPReID (Nguyen et al., CVPR 2025): drones, fixed and worn cameras; both directions of its competition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from resight.datasets.base import Dataset, Split, locate
from resight.datasets.listed import ListedFiles
from resight.datasets.pictures import paths_of
from resight.datasets.words import label_of, shift_from_zero
from resight.errors import DataError
from resight.frames import list_images, numeric_order
from resight.tracklets import Tracklet, TrackletSet

CASES = ("case1_aerial_to_ground", "case2_ground_to_aerial")
CAMERA = re.compile("C([0-9]{1,2})(?=E)|C([0-9]{1,2})(?![0-9])")
"""In a picture's name, before an E where there is one: 0 and 1 fixed cameras, 2 and 3 worn ones, 4 and 5 drones."""
PERSON = re.compile("P?([0-9]{1,6})T[0-9]")
"""How a picture's name begins."""


def open_ag_vpreid(root: Path, domain: str = "ag-vpreid") -> Dataset:
    """Open AG-VPReID as its competition gives it: `train/PERSON/TRACKLET/*.jpg`, and two cases beside it.

    Each case holds a `query` and a `gallery` and is a split: asked for from the air among tracklets from the ground,
    and the other way round.

    Parameters
    ----------
    root : Path
        The folder that holds them, or the one that contains it as `AG-VPReID`.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where a folder is missing, or a person or picture is not named so.
    """
    folder = locate(root, ("train", *CASES), ("AG-VPReID",))
    places = {"train": folder / "train"}
    places |= {f"{case}/{side}": folder / case / side for case in CASES for side in ("query", "gallery")}
    people = {name: _people(place) for name, place in places.items()}
    shift = shift_from_zero(int(person.name) for found in people.values() for person in found)

    @cache
    def read(name: str) -> TrackletSet:
        return TrackletSet(_tracklets(name, people[name], shift, domain))

    def split(name: str) -> Split:
        return Split(name, None, read("train"), read(f"{name}/query"), read(f"{name}/gallery"))

    everything = TrackletSet(t for name in places for t in read(name))
    asked = {person for case in CASES for _, person in read(f"{case}/query").identities}
    there = {person for case in CASES for _, person in read(f"{case}/gallery").identities}
    remarks: tuple[str, ...] = ()
    if not asked & there:
        remarks = (
            "no query has its person in a gallery: this copy keeps the test labels back, and can be trained on only",
        )
    problems = [text for name in places for text in _misnamed(read(name))]
    return Dataset(
        name="ag-vpreid",
        root=root,
        tracklets=everything,
        split_names=CASES,
        make_split=split,
        remarks=remarks,
        problems=tuple(problems),
    )


def _misnamed(tracklets: TrackletSet) -> Iterator[str]:
    """Name the first picture of each tracklet that is named for another person than its folder."""
    for tracklet in tracklets:
        person = Path(tracklet.source).parent.name
        for path in paths_of(tracklet):
            said = PERSON.match(path.name)
            if said and int(said[1]) != int(person):
                yield f"{path}: named for person {said[1]}, and lies in the folder of {person}"
                break


def _people(place: Path) -> list[Path]:
    if not place.is_dir():
        raise DataError(f"{place}: no such folder")
    found = numeric_order(p for p in place.iterdir() if p.is_dir() and not p.name.startswith("."))
    for person in found:
        if not re.fullmatch("[0-9]{1,6}", person.name):
            raise DataError(f"{person}: not named as AG-VPReID names people, by a number")
    return found


def _tracklets(name: str, people: list[Path], shift: int, domain: str) -> Iterator[Tracklet]:
    for person in people:
        for place in numeric_order(p for p in person.iterdir() if p.is_dir() and not p.name.startswith(".")):
            pictures = tuple(path.name for path in list_images(place))
            camera = CAMERA.search(pictures[0]) if pictures else None
            if pictures and camera is None:
                raise DataError(f"{place / pictures[0]}: no camera in its name, as C4")
            yield Tracklet(
                person=int(person.name) + shift,
                camera=int(camera[1] or camera[2]) if camera else 0,
                domain=domain,
                key=f"{name}/{person.name}/{place.name}",
                frames=ListedFiles(place, pictures),
                label=label_of(int(person.name), shift),
                source=str(place),
            )
