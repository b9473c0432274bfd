"""Writing a plan to disk: in a folder beside the final one, taken up where it was stopped, renamed when whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from resight.errors import ResightError
from resight.files import atomic_write
from resight.synthetic.causes import causes_path, made_by, write_causes
from resight.synthetic.layouts.pictures import DRAWING, draw_tracklet, is_finished
from resight.synthetic.layouts.plan import Plan
from resight.synthetic.layouts.pool import share_out

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
    out, fingerprint = Path(out), plan.fingerprint()
    with making(out, fingerprint) as part:
        if part is None:
            return False
        files, tracklets = [p.files[0] for p in plan.placed], [p.tracklet for p in plan.placed]
        write_causes(causes_path(out), files, tracklets, {"fingerprint": fingerprint} | (settings or {}))
        left = [placed for placed in plan.placed if not is_finished(part, placed)]
        already = plan.frames - sum(len(placed.files) for placed in left)
        share_out(partial(draw_tracklet, part), left, workers, counter(plan.frames, already, tell))
        for name, data in plan.extras.items():
            with atomic_write(part / name) as temporary:
                temporary.write_bytes(data)
    return True


def counter(total: int, already: int, tell: Tell | None) -> Callable[[int], None]:
    """Return a function that adds up what is done and tells it on."""
    done = already

    def add(count: int) -> None:
        nonlocal done
        done += count
        if tell:
            tell(done, total, already)

    return add


@contextmanager
def making(out: Path, fingerprint: str) -> Iterator[Path | None]:
    """Give the folder ``OUT.part``, which takes the name `out` when the block ends well; None where `out` is there.

    Raises
    ------
    ResightError
        Where one of them holds something of another fingerprint, by the causes beside it, or cannot be written.
    """
    part = out.with_name(out.name + ".part")
    known = made_by(causes_path(out)).get("fingerprint")
    for folder, text in ((out, "is there and holds something else"), (part, "is left of a run with other settings")):
        if folder.exists() and not folder.is_dir():
            raise ResightError(f"{folder}: is there and is no folder")
        if known != fingerprint and folder.is_dir() and any(folder.iterdir()):
            raise ResightError(f"{folder}: {text}; give another folder, or remove it")
    if out.is_dir() and any(out.iterdir()):
        yield None
        return
    try:
        part.mkdir(parents=True, exist_ok=True)
        yield part
        for rest in part.glob(f"{DRAWING}*"):
            shutil.rmtree(rest)
        os.sync()
        if out.is_dir():
            out.rmdir()
        part.rename(out)
    except OSError as error:
        raise ResightError(f"{out}: cannot be written ({error.strerror or error})") from error
