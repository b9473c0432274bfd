"""Writing a plan to disk: in a folder beside the final one, taken up where it was stopped, renamed when whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from resight.errors import ResightError
from resight.files import atomic_write
from resight.synthetic.causes import causes_path, made_by, write_causes
from resight.synthetic.layouts.pictures import draw_tracklet, is_finished
from resight.synthetic.layouts.plan import Plan
from resight.synthetic.layouts.pool import each

Tell = Callable[[int, int, int], None]
"""Told the frames there are, those that will be, and those that were there at the start."""


def write_plan(
    plan: Plan, out: str | Path, workers: int = 1, tell: Tell | None = None, settings: dict[str, Any] | None = None
) -> bool:
    """Draw all tracklets of a plan into their files.

    They are drawn into ``OUT.part``, which takes the name `out` when all is there. A run that was stopped is taken up:
    tracklets that are finished are not drawn again. The causes stand in ``OUT.causes.parquet`` from the beginning.

    Parameters
    ----------
    plan : Plan
    out : str or Path
        Must be new, empty, or what the same plan made before.
    workers : int
        Processes; their number changes nothing in the bytes.
    tell : callable or None
        Told after each tracklet; see `Tell`.
    settings : dict or None
        Kept with the causes.

    Returns
    -------
    bool
        False where it was there already.

    Raises
    ------
    ResightError
        Where the folder holds something else, or cannot be written.
    """
    out = Path(out)
    part = out.with_name(out.name + ".part")
    if prepare(out, part, plan.fingerprint()):
        return False
    files = [placed.files[0] for placed in plan.placed]
    known = {"fingerprint": plan.fingerprint(), "layout": plan.layout} | (settings or {})
    write_causes(causes_path(out), files, [placed.tracklet for placed in plan.placed], known)
    _make(part)
    left = [placed for placed in plan.placed if not is_finished(part, placed)]
    already = done = plan.frames - sum(len(placed.files) for placed in left)
    for count in each(partial(draw_tracklet, part), left, workers):
        done += count
        if tell:
            tell(done, plan.frames, already)
    for name, data in plan.extras.items():
        with atomic_write(part / name) as temporary:
            temporary.write_bytes(data)
    finish(part, out)
    return True


def prepare(out: Path, part: Path, fingerprint: str) -> bool:
    """Say whether the same data set is there already; refuse a folder that holds another, whole or begun."""
    known = made_by(causes_path(out)).get("fingerprint")
    for folder, text in ((out, "is there and holds something else"), (part, "is left of a run with other settings")):
        if not folder.exists():
            continue
        if not folder.is_dir():
            raise ResightError(f"{folder}: is there and is no folder")
        if known != fingerprint and any(folder.iterdir()):
            raise ResightError(f"{folder}: {text}; give another folder, or remove it")
    return out.is_dir() and any(out.iterdir())


def finish(part: Path, out: Path) -> None:
    """Take away what a killed run left, flush to disk, and give the folder its name."""
    try:
        for rest in part.glob(".drawing-*"):
            shutil.rmtree(rest)
        os.sync()
        if out.is_dir():
            out.rmdir()
        part.rename(out)
    except OSError as error:
        raise ResightError(f"{out}: cannot be written ({error.strerror or error})") from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResightError(f"{folder}: cannot be made ({error.strerror or error})") from error
