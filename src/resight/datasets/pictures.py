"""Looking at a data set's pictures: can each be read, and is it as large as the others?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from resight.counting import counted
from resight.datasets.base import Dataset
from resight.datasets.integrity import Digests, digest
from resight.datasets.jpeg import damage_inside
from resight.datasets.listed import ListedFiles
from resight.errors import DataError
from resight.frames import ImageFiles, is_cut_off, read_image
from resight.tracklets import Tracklet

ONE_SIZE = ("prid2011", "ilids-vid", "mars")
"""Data sets whose pictures are all of one size within a tracklet."""
SMALLEST = 4
"""Pixels that each side of a picture must have."""
HEADS = (b"\x89PNG", b"\xff\xd8", b"BM", b"RIFF", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""How files of the known kinds begin."""

Size = tuple[int, int]


def paths_of(tracklet: Tracklet) -> tuple[Path, ...]:
    """Return the files of a tracklet's frames; none where they are no files."""
    frames = tracklet.frames
    return frames.paths if isinstance(frames, ImageFiles | ListedFiles) else ()


def decode(path: Path) -> Size:
    """Decode a picture and return its height and width; raises `DataError` where that cannot be done.

    A JPEG is looked into first: decoders warn of damage inside without naming the file, and go on.
    """
    data = path.read_bytes() if path.is_file() else b""
    damage = "" if is_cut_off(data) else damage_inside(data)
    if damage:
        raise DataError(f"{path}: the picture is damaged inside: {damage}")
    height, width = read_image(path).shape[:2]
    if min(height, width) < SMALLEST:
        raise DataError(f"{path}: {width} by {height} pixels, too few to show anybody")
    return height, width


def look_at_ends(path: Path) -> None:
    """Look at the first and last bytes of a picture, which is quick; raises `DataError` where they are not right."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
            file.seek(max(0, path.stat().st_size - 1024))
            tail = file.read()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not head:
        raise DataError(f"{path}: the file is empty")
    if not head.startswith(HEADS):
        raise DataError(f"{path}: not a picture that can be read")
    if is_cut_off(head + tail):
        raise DataError(f"{path}: the picture is cut off (its end is missing)")


def look_at_all(
    dataset: Dataset, quick: bool, progress: Callable[[int, int], None] | None, workers: int, lost: set[Path]
) -> tuple[list[str], list[str], list[Digests]]:
    """Look at every picture that is not lost; return errors, the first of each tracklet, remarks, and digests.

    There are no digests where it is `quick`.
    """
    total = sum(len(paths_of(t)) for t in dataset.tracklets)
    done, errors, uneven, digests = 0, list[str](), list[str](), list[Digests]()

    def look(tracklet: Tracklet) -> tuple[Digests, list[str], bool]:
        paths, found, sizes = paths_of(tracklet), list[str](), dict[Path, Size]()
        seen = np.zeros(len(paths), np.uint64)
        for i, path in enumerate(paths):
            if path in lost:
                continue
            try:
                if quick:
                    look_at_ends(path)
                else:
                    sizes[path] = decode(path)
                    seen[i] = digest(path)
            except DataError as error:
                found.append(str(error))
        differ = list(_other_sizes(sizes))
        strict = dataset.name in ONE_SIZE
        return seen, found + differ * strict, bool(differ) and not strict

    with ThreadPoolExecutor(workers) as pool:
        for tracklet, (seen, found, differ) in zip(dataset.tracklets, pool.map(look, dataset.tracklets), strict=True):
            digests.append(seen)
            done += len(seen)
            if progress and total:
                progress(done, total)
            if found:
                more = f"; {counted(len(found) - 1, 'more picture')} of this tracklet too" if len(found) > 1 else ""
                errors.append(found[0] + more)
            if differ:
                uneven.append(tracklet.key)
    of = f"pictures of {counted(len(uneven), 'tracklet')}"
    sizes = [f"{of} differ in size, as {key}; they are resized" for key in uneven[:1]]
    return errors, sizes, [] if quick else digests


def _other_sizes(sizes: dict[Path, Size]) -> Iterator[str]:
    """Name the pictures that are not of the size of most."""
    if len(set(sizes.values())) < 2:
        return
    (height, width), _ = Counter(sizes.values()).most_common(1)[0]
    for path, (h, w) in sizes.items():
        if (h, w) != (height, width):
            yield f"{path}: {w} by {h} pixels, and the others of its tracklet are {width} by {height}"
