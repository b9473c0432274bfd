"""P-DESTRE's annotation: one line a box, 26 columns, of which the first six matter here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from resight.errors import DataError
from resight.files import read_text
from resight.footage.boxes import VideoBoxes
from resight.footage.crops import Box
from resight.footage.video import picture_size


def read_annotation(path: Path, problems: list[str]) -> tuple[dict[int, list[Box]], int]:
    """Read the boxes of a video's people.

    Columns are frame (from 1), person, left, top and the two sides, then pose and attributes, which are passed over.
    Descriptions of the files call the fifth column the height and the sixth the width; codes that draw the boxes take
    them the other way round. People are taller than wide, so the column with the larger median is the height.

    Parameters
    ----------
    path : Path
    problems : list of str
        Boxes of a person who has one in that frame already are added here; the first is kept.

    Returns
    -------
    dict of int to list of Box
        The boxes of each person, by frame.
    int
        Boxes without an identity.

    Raises
    ------
    DataError
        Where the file is missing or a line is not of that form.
    """
    found: dict[int, dict[int, Box]] = {}
    nobody = 0
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        cells = line.split(",")
        try:
            values = [float(cell) for cell in cells[:6]]
            frame, person = int(cells[0]), int(cells[1])
        except ValueError:
            raise DataError(f"{path} line {number}: not numbers with commas between them") from None
        if len(values) != 6 or not np.isfinite(values).all() or frame < 1 or min(values[4:]) <= 0:
            raise DataError(f"{path} line {number}: expected frame, person, left, top and the two sides of a box")
        if person < 0:
            nobody += 1
        elif frame in found.setdefault(person, {}):
            problems.append(f"{path} line {number}: person {person} has a second box in frame {frame}")
        else:
            found[person][frame] = (frame, *values[2:])  # type: ignore[assignment]
    sides = np.array([box[3:] for boxes in found.values() for box in boxes.values()]).reshape(-1, 2)
    if len(sides) and np.median(sides[:, 0]) > np.median(sides[:, 1]):
        found = {p: {n: (*b[:3], b[4], b[3]) for n, b in boxes.items()} for p, boxes in found.items()}
    return {person: [boxes[n] for n in sorted(boxes)] for person, boxes in sorted(found.items())}, nobody


def video_frames(video: Path, people: dict[int, list[Box]]) -> Iterator[tuple[int, VideoBoxes]]:
    """Give each person's frames, without the boxes that lie wholly outside the picture."""
    height, width = picture_size(video)
    for person, boxes in people.items():
        inside = tuple(
            box
            for box in boxes
            if min(round(box[1] + box[3]), width) > max(round(box[1]), 0)
            and min(round(box[2] + box[4]), height) > max(round(box[2]), 0)
        )
        if inside:
            yield person, VideoBoxes(video, inside)
