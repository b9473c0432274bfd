"""`resight synthesize --calibrate`: measures what is missing, cell by cell, and writes the page."""

from __future__ import annotations

from pathlib import Path

import cv2
from rich.console import Console

from resight.errors import RecipeError
from resight.files import atomic_write, write_text
from resight.progress import Progress
from resight.synthetic.calibration.cells import Task, cells_of, work
from resight.synthetic.calibration.measures import network
from resight.synthetic.calibration.page import page
from resight.synthetic.calibration.settings import Settings
from resight.synthetic.calibration.situations import situations
from resight.synthetic.calibration.tables import columns
from resight.synthetic.layouts.pool import share_out
from resight.synthetic.sheet import contact_sheet

QUALITY = 88
"""Of the contact sheets' JPEG."""


def calibrate_job(
    out: Path,
    seed: int,
    scale: float,
    quick: bool,
    model: Path | None,
    only: str | None,
    workers: int,
    console: Console | None,
) -> Path:
    """Calibrate with so large a share of the people, or quickly; arguments otherwise as for `calibrate`."""
    if not 0 < scale <= 100:
        raise RecipeError(f"the share of people must be above 0 and at most 100, not {scale:g}")
    settings = Settings(seed=seed)
    settings = settings.quick() if quick else settings if scale == 1 else settings.scaled(scale)
    return calibrate(out, settings, model, only, workers, console)


def calibrate(
    out: Path,
    settings: Settings | None = None,
    model: Path | None = None,
    only: str | None = None,
    workers: int = 1,
    console: Console | None = None,
) -> Path:
    """Measure how hard the world is; a run that was stopped is taken up.

    Parameters
    ----------
    out : Path
        Gets ``cells/GROUP/….json``, ``sheets/DOMAIN.jpg``, ``settings.json`` and ``calibration.md``.
    settings : Settings or None
    model : Path or None
        A shipped C3D's name or a weight file; None leaves its rows out.
    only : str or None
        A domain to keep to.
    workers : int
        Processes.
    console : Console or None
        Where progress is shown.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    RecipeError
        Where there is no such domain.
    ResightError
        Where the network cannot be read, a cell is damaged, or the folder cannot be written.
    """
    settings = Settings() if settings is None else settings
    if only is not None and only not in settings.people:
        raise RecipeError(f"calibration has no domain {only!r}; there are {', '.join(settings.people)}")
    if workers < 1:
        raise RecipeError(f"at least one process must measure, not {workers}")
    wanted, folder = situations(settings, only), out / "cells"
    tasks, total = [], 0
    for situation in wanted:
        cells = cells_of(situation, settings, model)
        missing = tuple(cell for cell in cells if cell.load(folder) is None)
        total += len(cells)
        if missing:
            tasks.append(Task(missing, folder))
    already = total - sum(len(task.cells) for task in tasks)
    write_text(out / "settings.json", settings.model_dump_json(indent=1) + "\n")
    with Progress(console, "cells") as progress:
        done = already

        def say(more: int) -> None:
            nonlocal done
            done += more
            progress.tell(done, total, already)

        share_out(work, tasks, workers, say)
    sheets = [_sheet(out, name) for name in settings.people if only in (None, name)]
    found = columns(wanted, settings, model, folder)
    write_text(out / "calibration.md", page(found, settings, _words(model, settings), sheets))
    return out / "calibration.md"


def _sheet(out: Path, domain: str) -> str:
    """Draw a domain's contact sheet where it is not there; its path relative to the page."""
    name = f"sheets/{domain}.jpg"
    if not (out / name).is_file():
        pixels = contact_sheet(domain, people=3, frames=8)
        with atomic_write(out / name) as temporary:
            options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
            temporary.write_bytes(cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)[1].tobytes())
    return name


def _words(model: Path | None, settings: Settings) -> str | None:
    """Name the network, and say whether people of these numbers were among those that it was trained on."""
    if model is None:
        return None
    found = network(model)
    seen = found.info.get("people", {})
    both = {
        name.removeprefix("synthetic-"): len(set(numbers) & set(range(1, 1 + settings.people[name])))
        for name, numbers in (seen.items() if isinstance(seen, dict) else ())
        if name.removeprefix("synthetic-") in settings.people
    }
    known = [f"{count} of {name}" for name, count in both.items() if count]
    warning = f"; TRAINED ON test people of the same numbers ({', '.join(known)}), so its figures are too high"
    return f"{found.name}, weights {found.key()['weights'][:12]}" + (warning if known else "")
