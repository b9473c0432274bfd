"""P-DESTRE (Kumar et al., TIFS 2021): people on two campuses seen by drones, over several days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from resight.datasets.base import Dataset, Split, rank_across_cameras, share
from resight.datasets.listed import ListedFiles
from resight.datasets.p_destre_videos import read_annotation, video_frames
from resight.errors import DataError
from resight.frames import FrameSource, list_images, natural_key, numeric_order
from resight.tracklets import Tracklet, TrackletSet

PICTURES = "jpg_Extracted_PIDS"
VIDEO = re.compile("([0-9]{2})-([0-9]{2})-([0-9]{4})-[0-9]+-[0-9]+")
"""Day, month, year, session and video."""
PUBLISHED = (253, 1894)
"""People and tracklets."""

Found = tuple[str, int, FrameSource, str]
"""Video, person, frames, and where they come from."""


def open_p_destre(root: Path, train_fraction: float = 0.5, min_frames: int = 1, domain: str = "p-destre") -> Dataset:
    """Open P-DESTRE: the pictures cut out by its authors, or the videos with their annotation.

    `jpg_Extracted_PIDS/08-11-2019-1-1/7/7_120_….jpg` holds video, person, and pictures by person and frame; where that
    folder is missing, `annotation/08-11-2019-1-1.txt` and `videos/08-11-2019-1-1.MP4` are read. A video is a camera,
    for a drone is nowhere twice. People marked -1 have no identity and are left out.

    Splits are by person, any seed; the first tracklet of each test person in each video asks, all tracklets of the test
    people are the gallery. The authors' lists of splits are not read.

    Parameters
    ----------
    root : Path
        The folder that holds them, or the one that contains it as `P-DESTRE`.
    train_fraction : float
        Share of the people to train on; 0 where all are test people.
    min_frames : int
        Shorter tracklets are left out.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where a folder is missing, or a name or a line is not of that form.
    RecipeError
        Where the fraction is out of range.
    """
    fraction = share(train_fraction)
    folder = root / "P-DESTRE" if (root / "P-DESTRE").is_dir() else root
    remarks, problems = list[str](), list[str]()
    if (folder / PICTURES).is_dir():
        found = list(_pictures(folder / PICTURES))
    else:
        found = list(_videos(folder, remarks, problems))
    kept = [one for one in found if len(one[2]) >= min_frames]
    if not kept:
        raise DataError(f"{folder}: no tracklets; expected {PICTURES}, or annotation and videos")
    tracklets = TrackletSet(_tracklets(kept, domain))
    counts = (len(tracklets.identities), len(tracklets))
    if counts != PUBLISHED:
        here, there = (f"{people:,} people, {number:,} tracklets" for people, number in (counts, PUBLISHED))
        remarks.append(f"counts differ from the published P-DESTRE: {here} here, {there} published")

    def split(name: str) -> Split:
        train, test = tracklets.split_by_person(fraction, int(name))
        return Split(name, int(name), train, *rank_across_cameras(test))

    return Dataset(
        name="p-destre",
        root=root,
        tracklets=tracklets,
        split_names=tuple("01234"),
        make_split=split,
        seeded=True,
        remarks=tuple(remarks),
        problems=tuple(problems),
        test_only=fraction == 0,
    )


def _tracklets(found: list[Found], domain: str) -> Iterator[Tracklet]:
    names = sorted({video for video, *_ in found}, key=lambda name: (_date(name), natural_key(name)))
    cameras = {name: number for number, name in enumerate(names, start=1)}
    days = {day: number for number, day in enumerate(sorted({_date(name) for name in names}), start=1)}
    shift = int(any(person == 0 for _, person, *_ in found))
    for video, person, frames, source in sorted(found, key=lambda one: (cameras[one[0]], one[1])):
        yield Tracklet(
            person=person + shift,
            camera=cameras[video],
            domain=domain,
            key=f"{video}/{person}",
            frames=frames,
            label=str(person) if shift else "",
            day=days[_date(video)],
            source=source,
        )


def _date(video: str) -> date:
    match = VIDEO.fullmatch(video)
    try:
        day, month, year = map(int, match.groups()) if match else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise DataError(f"{video}: not named as P-DESTRE names videos, 08-11-2019-1-1") from None


def _pictures(folder: Path) -> Iterator[Found]:
    for video in numeric_order(_folders(folder)):
        _date(video.name)
        for person in numeric_order(_folders(video)):
            if not re.fullmatch("-?[0-9]{1,6}", person.name):
                raise DataError(f"{person}: not named as P-DESTRE names people, by a number")
            if int(person.name) < 0:
                continue
            names = [path.name for path in list_images(person)]
            for name in names:
                if not re.fullmatch(rf"{person.name}_[0-9]+_.*", name):
                    raise DataError(f"{person / name}: not named as P-DESTRE names pictures, person_frame_…")
            names.sort(key=lambda name: int(name.split("_")[1]))
            yield video.name, int(person.name), ListedFiles(person, tuple(names)), str(person)


def _videos(folder: Path, remarks: list[str], problems: list[str]) -> Iterator[Found]:
    annotation, videos = folder / "annotation", folder / "videos"
    for needed in (annotation, videos):
        if not needed.is_dir():
            raise DataError(f"{folder}: neither {PICTURES} nor {needed.name} is here")
    nobody = 0
    for path in numeric_order(p for p in annotation.glob("*.txt") if not p.name.startswith(".")):
        _date(path.stem)
        video = next(
            (videos / f"{path.stem}{end}" for end in (".MP4", ".mp4") if (videos / f"{path.stem}{end}").is_file()), None
        )
        if video is None:
            problems.append(f"{videos / path.stem}.MP4: missing, but {path.name} is there")
            continue
        people, without = read_annotation(path, problems)
        nobody += without
        for person, frames in video_frames(video, people):
            yield path.stem, person, frames, str(video)
    if nobody:
        remarks.append(f"{nobody:,} boxes have no identity (-1) and are left out")


def _folders(folder: Path) -> Iterator[Path]:
    return (p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
