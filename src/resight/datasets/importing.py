"""A user's own data from videos and their tracks: several cameras, joined by a table of identities."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from resight.counting import counted
from resight.errors import DataError, RecipeError
from resight.files import read_text, write_text
from resight.footage.boxes import SIZE, VideoBoxes, tracklets_from_video
from resight.footage.motchallenge import read_tracks, refuse_visibility
from resight.tracklets import Tracklet

COLUMNS = ("camera", "track", "person")
TABLE = "tracklets.csv"
"""Name of the list of all pictures that is written beside the folders of the people."""

Identities = dict[tuple[str, str], str]
"""Person of each track, by camera and the track's id."""


@dataclass(frozen=True)
class Imported:
    """What was written.

    Attributes
    ----------
    people, cameras, tracklets, pictures : int
    joined : int
        People seen by two cameras or more.
    alone : int
        Tracks that the table does not name: each is a person of its own.
    """

    people: int
    cameras: int
    tracklets: int
    pictures: int
    joined: int
    alone: int

    def __str__(self) -> str:
        text = f"{counted(self.people, 'person', 'people')}, {counted(self.cameras, 'camera')}, "
        text += f"{counted(self.tracklets, 'tracklet')}, {counted(self.pictures, 'picture')}; "
        text += f"{counted(self.joined, 'person', 'people')} in two cameras or more"
        return f"{text}; {counted(self.alone, 'track')} without an identity" if self.alone else text


def import_tracks(
    videos: Sequence[Path],
    tracks: Sequence[Path],
    out: Path,
    ids: Path | None = None,
    size: tuple[int, int] = SIZE,
    min_frames: int = 1,
    min_visibility: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Cut the tracks out of the videos of several cameras and write them as `person/camera/tracklet/*.png`.

    A camera is named after its video, a picture by its number in the video. The same pictures are listed in
    `tracklets.csv`, so that both the folder and the table open as the data set `folder`. Nothing is there before all
    is.

    Parameters
    ----------
    videos, tracks : sequences of Path
        One MOTChallenge file for each video, in the same order.
    out : Path
        Folder to write; must not exist, or be empty.
    ids : Path or None
        A table `camera,track,person` that joins the tracks of one person. A track that it does not name, and every
        track without a table, is a person of its own, named by camera and track.
    size : (height, width)
        Pixels.
    min_frames : int
        Shorter tracks are left out.
    min_visibility : float
        0 to 1; boxes seen less than that are left out (MOTChallenge's form of 2016 only).
    progress : callable or None
        Called with the tracklets written and all tracklets.

    Raises
    ------
    DataError
        Where a file is missing or damaged, the table names a camera or a track that is not there, or a person as
        another track is named by itself, or `out` is not empty.
    RecipeError
        Where `min_frames` or `min_visibility` is out of range.
    """
    if len(videos) != len(tracks) or not videos:
        given = f"{counted(len(videos), 'video')} and {counted(len(tracks), 'file')} of tracks"
        raise DataError(f"{given}: give one of each for every camera")
    refuse_visibility(min_visibility)
    if min_frames < 0:
        raise RecipeError(f"min_frames is 0 or more, not {min_frames}")
    names = [video.stem for video in videos]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"two videos are named {twice}, and a camera is named after its video: rename one")
    out = out.absolute()
    if out == Path.cwd():
        raise DataError(f"{out}: is the working folder; name a new one in it")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out}: is there already and not empty")
    found: list[tuple[str, str, Tracklet]] = []
    there: set[tuple[str, str]] = set()
    for number, (video, boxes) in enumerate(zip(videos, tracks, strict=True), start=1):
        cut = tracklets_from_video(video, boxes, number, "footage", size, min_frames, min_visibility)
        found.extend((video.stem, t.name, t) for t in cut)
        there |= {(video.stem, str(track.number)) for track in read_tracks(boxes)}
    known = {} if ids is None else read_identities(ids)
    _refuse_strangers(known, there, names, ids)
    people = [known.get((camera, track), f"{camera}-{track}") for camera, track, _ in found]
    for camera, track, _ in found:
        if (camera, track) not in known and f"{camera}-{track}" in known.values():
            name = f"{camera}-{track}"
            raise DataError(f"{ids}: {name} is also the name of track {track} of camera {camera}, which has no person")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        unfinished = Path(folder) / out.name
        rows: list[str] = []
        for done, (person, (camera, track, tracklet)) in enumerate(zip(people, found, strict=True), start=1):
            rows.extend(_write(tracklet, unfinished, (person, camera, track)))
            if progress:
                progress(done, len(found))
        write_text(unfinished / TABLE, "\n".join(["path,person,camera,tracklet,frame", *rows, ""]))
        if out.exists():
            out.rmdir()
        shutil.move(unfinished, out)
    cameras = {person: {c for p, (c, _, _) in zip(people, found, strict=True) if p == person} for person in set(people)}
    return Imported(
        people=len(cameras),
        cameras=len(names),
        tracklets=len(found),
        pictures=len(rows),
        joined=sum(len(seen) > 1 for seen in cameras.values()),
        alone=sum((camera, track) not in known for camera, track, _ in found) if ids is not None else 0,
    )


def read_identities(path: Path) -> Identities:
    """Read a table `camera,track,person`; a person may have several tracks.

    Raises
    ------
    DataError
        Where a column is missing, a cell is empty or cannot name a person's folder, or a track comes twice.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), restkey="", skipinitialspace=True)
    columns = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise DataError(f"{path}: no column {', '.join(missing)}; its first line must name {','.join(COLUMNS)}")
    reader.fieldnames = columns
    found: Identities = {}
    try:
        for cells in reader:
            where = f"{path} line {reader.line_num}"
            if "" in cells or None in cells.values():
                raise DataError(f"{where}: not as many cells as there are columns")
            camera, track, person = (cells[name].strip() for name in COLUMNS)
            if not camera or not track or not person:
                raise DataError(f"{where}: a cell is empty")
            if re.fullmatch("0|-[0-9]+", person):
                raise DataError(f"{where}: {person} is no person's name: 0 stands for distractors, -1 for junk")
            if person.startswith(".") or "/" in person or "\\" in person:
                raise DataError(f"{where}: {person} cannot name a folder")
            if (camera, track) in found:
                raise DataError(f"{where}: track {track} of camera {camera} comes twice")
            found[camera, track] = person
    except csv.Error as error:
        raise DataError(f"{path} line {reader.line_num}: {error}") from error
    return found


def _refuse_strangers(known: Identities, there: set[tuple[str, str]], cameras: list[str], ids: Path | None) -> None:
    """Refuse a table that names what is in no file of tracks."""
    for camera, track in known:
        if camera not in cameras:
            raise DataError(f"{ids}: camera {camera} has no video; there are {', '.join(cameras)}")
        if (camera, track) not in there:
            raise DataError(f"{ids}: camera {camera} has no track {track}")


def _write(tracklet: Tracklet, out: Path, place: tuple[str, str, str]) -> Iterator[str]:
    """Write a tracklet's pictures, and give their rows of the table."""
    import cv2

    person, camera, track = place
    assert isinstance(tracklet.frames, VideoBoxes)
    folder = out / person / camera / track
    folder.mkdir(parents=True)
    for i, box in enumerate(tracklet.frames.boxes):
        picture = cv2.cvtColor(tracklet.load([i])[0], cv2.COLOR_RGB2BGR)
        path = folder / f"{box[0]:06d}.png"
        ok, data = cv2.imencode(".png", picture)
        if not ok:
            raise DataError(f"{path}: cannot be encoded")
        path.write_bytes(data.tobytes())
        cells = io.StringIO()
        csv.writer(cells, lineterminator="").writerow([path.relative_to(out).as_posix(), person, camera, track, box[0]])
        yield cells.getvalue()
