"""A real video with boxes as a data set: each track is cut in two halves, the first asked for in the second."""

from __future__ import annotations

from pathlib import Path

from resight.datasets.base import Dataset, Split
from resight.errors import DataError, RecipeError
from resight.footage.boxes import halves, tracklets_from_video
from resight.tracklets import TrackletSet


def open_video(
    root: Path, boxes: str | None = None, min_visibility: float = 0.0, min_frames: int = 16, domain: str = "video"
) -> Dataset:
    """Open a video whose people are tracked; there is nobody to train on.

    Parameters
    ----------
    root : Path
        The video.
    boxes : str
        Its tracks as MOTChallenge text, 2015 or 2016 form.
    min_visibility : float
        Boxes less visible than this are left out (0 to 1; 2016 form only).
    min_frames : int
        Shorter halves are left out.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    RecipeError
        Where no tracks are named.
    DataError
        Where a file is missing or damaged, or no track is long enough.
    """
    if boxes is None:
        raise RecipeError("video needs its tracks: --option boxes=FILE (MOTChallenge text)")
    tracks = tracklets_from_video(root, Path(boxes), domain=domain, min_visibility=min_visibility)
    query, gallery = halves(tracks.filter(lambda t: len(t) >= 2 * min_frames))
    if not len(query):
        raise DataError(f"{boxes}: no track has the {2 * min_frames} frames of two halves; see min_frames")

    def split(name: str) -> Split:
        return Split(name, None, TrackletSet(), query, gallery)

    remark = f"{len(query)} people of one video, the first half of each track against the second: a demonstration"
    return Dataset("video", root, query + gallery, ("halves",), split, remarks=(remark,), test_only=True)
