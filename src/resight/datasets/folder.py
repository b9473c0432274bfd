"""A user's own data: folders `person/camera/tracklet/*.png` or `camera/person`, or a CSV that lists the pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from resight.counting import counted
from resight.datasets.base import Dataset, Split, of_kinds_unread, rank_across_cameras, share
from resight.datasets.table import Row, read_table, shared_pictures
from resight.datasets.words import RESERVED, number_people, number_words
from resight.errors import DataError, RecipeError
from resight.frames import ImageFiles, list_images, natural_key, numeric_order, unread_images
from resight.tracklets import Tracklet, TrackletSet

ORDERS = ("person/camera", "camera/person")
"""Whose folders lie outermost."""


def open_folder(
    root: Path, train_fraction: float = 0.5, order: str = "person/camera", domain: str = "folder"
) -> Dataset:
    """Open a user's own data.

    A folder holds `person/camera/tracklet/*.png`, or `person/camera/*.png` where there is one tracklet a camera; by
    `order`, person and camera change places, and a camera's folder may hold stills, `camera/person.png`. A CSV
    has the columns ``path,person,camera,tracklet`` and perhaps ``frame,domain,day,outfit``, one row a picture; paths
    are relative to it. Frames come by the column `frame`, else by the numbers in their names. People and cameras may be
    words; a person named 0 is a distractor, -1 junk.

    Splits are by person, any seed. Of two cameras the lower asks and the other is the gallery; of more, the first
    tracklet of each person in each camera asks, and all tracklets of the test people are the gallery. Distractors
    and junk are in the gallery.

    Parameters
    ----------
    root : Path
    train_fraction : float
        Share of the people to train on; 0 where all are test people.
    order : {"person/camera", "camera/person"}
        Whose folders lie outermost.
    domain : str
        Name given to the tracklets that have none.

    Raises
    ------
    DataError
        Where nothing is found, or a row of the CSV cannot be used; the sentence names file and line.
    RecipeError
        Where the fraction is out of range, or the order unknown or that of a CSV.
    """
    fraction = share(train_fraction)
    if order not in ORDERS:
        raise RecipeError(f"folder: no order {order!r}; there are {', '.join(ORDERS)}")
    if order != ORDERS[0] and not root.is_dir():
        raise RecipeError("folder: a CSV names people and cameras itself, and takes no order")
    problems: list[str] = []
    walk = _walk if order == ORDERS[0] else _walk_cameras
    rows, remarks = ([*walk(root, problems)], []) if root.is_dir() else read_table(root)
    if not rows:
        raise DataError(f"{root}: no tracklets; expected {order}/tracklet/*.png, or a CSV of pictures")
    tracklets = TrackletSet(_tracklets(rows, domain))
    cameras = sorted(set(tracklets.cameras.tolist()))

    def split(name: str) -> Split:
        if len(cameras) < 2:
            raise DataError(f"{root}: there is one camera only, and nobody can be searched for across cameras")
        if fraction and len(tracklets.identities) < 2:
            who = "one person only" if tracklets.identities else "nobody but distractors and junk"
            raise DataError(f"{root}: there is {who}; a split needs two people or more")
        train, test = tracklets.split_by_person(fraction, int(name))
        return Split(name, int(name), train, *rank_across_cameras(test))

    problems += [*_mixed(rows)]
    problems += [] if root.is_dir() else shared_pictures(rows, root)
    remarks += [*_unread(rows), *_without_order(rows)]
    return Dataset(
        name="folder",
        root=root,
        tracklets=tracklets,
        split_names=tuple("01234"),
        make_split=split,
        seeded=True,
        remarks=tuple(remarks),
        problems=tuple(problems),
        test_only=fraction == 0,
    )


def _unread(rows: list[Row]) -> Iterator[str]:
    """Say how many pictures beside those of the tracklets are of kinds that are not read."""
    folders = dict.fromkeys(Path(row.source) for row in rows if row.paths and Path(row.source).is_dir())
    unread = [path for folder in folders for path in unread_images(folder)]
    if unread:
        yield f"{of_kinds_unread(unread)}, as {unread[0]}"


def _without_order(rows: list[Row]) -> Iterator[str]:
    """Say how many tracklets of a folder have pictures whose names hold no number to go by."""
    several = [row.paths for row in rows if len(row.paths) > 1]
    bare = [path for paths in several for path in paths if not re.search("[0-9]", path.stem)][:1]
    if bare:
        count = sum(any(not re.search("[0-9]", path.stem) for path in paths) for paths in several)
        where = counted(count, "tracklet")
        yield f"pictures without a number in their names have no sure order, in {where}, as {bare[0]}"


def _mixed(rows: list[Row]) -> Iterator[str]:
    """Name the tracklets whose names count by more than one pattern, and no column gives the frames' numbers."""
    found: dict[tuple[str, ...], set[str]] = {}
    for row in rows:
        patterns = {re.sub("[0-9]+", "#", path.stem) for path in row.paths} if row.frame is None else set()
        key = (row.source, row.domain, row.person, row.camera, row.tracklet)
        found.setdefault(key, set()).update(pattern for pattern in patterns if "#" in pattern)
    for (source, _, *words), patterns in found.items():
        if len(patterns) > 1:
            few = " and ".join(sorted(patterns)[:2])
            who = "/".join(word for word in words if word)
            yield f"{source}: pictures of {who} are named by more than one pattern ({few}), so their order is not sure"


def _tracklets(rows: list[Row], domain: str) -> Iterator[Tracklet]:
    groups: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.domain or domain, row.person, row.camera, row.tracklet), []).append(row)
    several = len({key[0] for key in groups}) > 1

    def scoped(where: str, word: str) -> str:
        return f"{where}/{word}" if several else word

    people = number_people(key[1] if key[1] in RESERVED else scoped(key[0], key[1]) for key in groups)
    cameras = number_words(scoped(key[0], key[2]) for key in groups)
    for key in sorted(groups, key=lambda key: [natural_key(word) for word in key]):
        where, person, camera, _ = key
        group = groups[key]
        number = RESERVED[person] if person in RESERVED else people[scoped(where, person)]
        first = group[0]
        digits = re.findall(r"\d+", first.paths[0].stem) if first.paths else []
        yield Tracklet(
            person=number,
            camera=cameras[scoped(where, camera)],
            domain=where,
            key="/".join(word for word in key[1:] if word),
            frames=ImageFiles(tuple(path for row in group for path in row.paths)),
            label="" if person == str(number) else person,
            day=first.day,
            outfit=first.outfit,
            source=first.source,
            first_frame=first.frame if first.frame is not None else int(digits[-1]) if digits else None,
        )


def _walk(root: Path, problems: list[str]) -> Iterator[Row]:
    """Give the tracklets of a folder, and name what lies at no place of the layout."""
    problems += [f"{path}: a picture beside the people's folders belongs to nobody" for path in list_images(root)[:1]]
    for person in _folders(root):
        cameras = _folders(person)
        lost = list_images(person)[:1]
        problems += [f"{path}: a picture right in a person's folder is of no camera" for path in lost]
        if not cameras and not lost:
            problems.append(f"{person}: a person without a camera's folder")
        for camera in cameras:
            yield from _inside(camera, person.name, camera.name, problems)


def _walk_cameras(root: Path, problems: list[str]) -> Iterator[Row]:
    """Give the tracklets of a folder whose outermost folders are the cameras; a picture right in one is a still."""
    problems += [f"{path}: a picture beside the cameras' folders is of no camera" for path in list_images(root)[:1]]
    for camera in _folders(root):
        stills, people = list_images(camera), _folders(camera)
        if not stills and not people:
            problems.append(f"{camera}: a camera without people")
        for still in stills:
            yield Row((still,), still.stem, camera.name, "", source=str(camera))
        for person in people:
            yield from _inside(person, person.name, camera.name, problems)


def _inside(folder: Path, person: str, camera: str, problems: list[str]) -> Iterator[Row]:
    """Give the tracklets of one person in one camera: the loose pictures are one, each folder is another."""
    loose, tracklets = list_images(folder), _folders(folder)
    if loose or not tracklets:
        yield Row(tuple(loose), person, camera, "", source=str(folder))
    for tracklet in tracklets:
        problems += [f"{path}: a folder inside a tracklet's is not read" for path in _folders(tracklet)[:1]]
        yield Row(tuple(list_images(tracklet)), person, camera, tracklet.name, source=str(tracklet))


def _folders(folder: Path) -> list[Path]:
    seen = [p for p in folder.iterdir() if not p.name.startswith(".")]
    dead = [p for p in seen if not p.suffix and p.is_symlink() and not p.exists()]
    if dead:
        raise DataError(f"{min(dead)}: a link that leads nowhere")
    return numeric_order(p for p in seen if p.is_dir())
