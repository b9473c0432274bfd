"""Symbolic links in a data set: one that leads out of its folder, to itself or nowhere is never followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from resight.errors import DataError
from resight.frames import IMAGE_SUFFIXES, ImageFiles
from resight.tracklets import TrackletSet

OUT, BACK, NOWHERE = "leads out of", "leads back to a folder it lies in", "leads nowhere"


def fault(path: Path, base: Path) -> str:
    """Say what is wrong with a link that lies in the folder `base`; empty where it is none or leads inside it."""
    if not path.is_symlink():
        return ""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # Python below 3.13 raises RuntimeError on a loop
        return f"{path}: a link that {NOWHERE}"
    if not target.is_relative_to(base.resolve()):
        return f"{path}: a link that {OUT} {base}; copy the files here, or give the folder that it leads to"
    if path.parent.resolve().is_relative_to(target):
        return f"{path}: a link that {BACK}"
    return ""


def refuse_links(tracklets: TrackletSet, root: Path) -> None:
    """Refuse a data set of which a folder or picture is a link that leads out of it, or back.

    Folders are looked at, and pictures as far as they were listed on opening: not those of lists of a million names,
    which `faults` finds. What a CSV names by absolute paths is taken as it is.

    Raises
    ------
    DataError
        On the first such link.
    """
    base = root if root.is_dir() else root.parent
    seen = {base}
    for tracklet in tracklets:
        frames = tracklet.frames
        folder = getattr(frames, "folder", None)
        paths = frames.paths if isinstance(frames, ImageFiles) else (folder / "any",) if folder else ()
        for path in paths:
            for place in (path, *path.parents) if path.is_relative_to(base) else ():
                if place in seen:
                    break
                if place != path:
                    seen.add(place)
                text = fault(place, base)
                if text and NOWHERE not in text:
                    raise DataError(text)


def faults(root: Path) -> Iterator[str]:
    """Name all faulty links below a folder; not those of hidden files, nor dead pictures, whose reading names them."""
    for path in _links(root):
        text = fault(path, root)
        if text and (path.suffix.lower() not in IMAGE_SUFFIXES or NOWHERE not in text):
            yield text


def _links(folder: Path) -> Iterator[Path]:
    """Give the links below a folder, hidden ones left out; none is followed."""
    with os.scandir(folder) as entries:
        found = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    for entry in found:
        if entry.is_symlink():
            yield Path(entry.path)
        elif entry.is_dir():
            yield from _links(Path(entry.path))
