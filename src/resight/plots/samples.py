"""Sample tracklets of a domain: one row a person, its cameras side by side (the paper's figure 4)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from resight.errors import InputError
from resight.frames import Frames, resize_frame
from resight.plots.style import styled
from resight.plots.tiles import PAGE, even, tile_figure
from resight.tracklets import TrackletSet


@styled
def samples_figure(
    tracklets: TrackletSet, people: int = 5, frames: int = 5, title: str = "", width: float = PAGE
) -> Figure:
    """Draw the first people of a set, of each the first tracklet of each of two cameras.

    Parameters
    ----------
    tracklets : TrackletSet
        Of one domain; distractors and junk are passed over.
    people : int
        Rows.
    frames : int
        Evenly chosen frames of a tracklet.
    title : str
    width : float
        Inches.

    Raises
    ------
    InputError
        Where nobody was seen by two cameras.
    """
    rows: list[list[Frames | None]] = []
    names, cameras = [], [0, 0]
    for person, own in tracklets.filter(lambda t: t.person > 0).group("person").items():
        seen = sorted(set(own.cameras.tolist()))[:2]
        if len(rows) == people or len(seen) < 2:
            continue
        first = [next(t for t in own if t.camera == camera) for camera in seen]
        strips = [list(t.load(even(len(t), frames))) for t in first]
        rows.append(_side_by_side(strips, frames))
        names.append(str(person))
        cameras = seen
    if not rows:
        raise InputError("samples are of people whom two cameras saw, and there are none")
    size = next(p for row in rows for p in row if p is not None).shape[:2]
    tiles = [[None if p is None else resize_frame(p, (size[0], size[1])) for p in row] for row in rows]
    middle = frames // 2
    heads = [""] * (2 * frames + 1)
    heads[middle], heads[middle + frames + 1] = (f"camera {camera}" for camera in cameras)
    return tile_figure(tiles, width=width, row_labels=names, column_labels=heads, title=title, gap=0.02)


def _side_by_side(strips: Sequence[Sequence[Frames]], frames: int) -> list[Frames | None]:
    """Put two strips beside each other, an empty place between, short ones filled up with empty places."""
    left, right = ([*strip, *[None] * (frames - len(strip))] for strip in strips)
    return [*left, None, *right]
