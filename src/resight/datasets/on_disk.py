"""Lists of pictures held against the disk: folders that are missing, names in another case, and what is in no list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resight.counting import counted
from resight.datasets.base import Dataset
from resight.datasets.listed import ListedFiles

BY_PERSON = ("mars", "g2a-vreid", "mevid")
"""Data sets whose lists name all folders of people there are."""


@dataclass(frozen=True)
class Comparison:
    """What lists and disk have not in common.

    Attributes
    ----------
    errors, remarks : tuple of str
    named : set of Path
        Listed pictures that are not there for a reason that the errors give; nobody need try to read them.
    """

    errors: tuple[str, ...]
    remarks: tuple[str, ...]
    named: set[Path]


def compare_lists(dataset: Dataset) -> Comparison:
    """Hold the listed pictures of a data set against what lies in their folders, and the folders against the others."""
    listed: dict[Path, set[str]] = {}
    tracklets = Counter[Path]()
    for tracklet in dataset.tracklets:
        if isinstance(tracklet.frames, ListedFiles):
            listed.setdefault(tracklet.frames.folder, set()).update(tracklet.frames.names)
            tracklets[tracklet.frames.folder] += 1
    absent = {folder for folder in listed if not folder.is_dir()}
    other_case: dict[Path, Path] = {}
    strange: list[Path] = []
    for folder in listed.keys() - absent:
        there = {path.name for path in _seen(folder)}
        lower = {name.lower(): name for name in there - listed[folder]}
        for name in listed[folder] - there:
            if name.lower() in lower and not (folder / name).exists():  # on a disk that tells the cases apart
                other_case[folder / name] = folder / lower.pop(name.lower())
        strange += [folder / name for name in lower.values()]
    errors, remarks = [*_absent(absent, tracklets)], list[str]()
    if other_case:
        first = min(other_case)
        what = counted(len(other_case), "picture differs from its list", "pictures differ from their lists")
        errors.append(f"{other_case[first]}: listed as {first.name}; {what} in upper and lower case")
    if strange:
        remarks.append(f"{counted(len(strange), 'file is', 'files are')} in no list, as {min(strange)}")
    unlisted = [path for path in _folders(listed) if path not in listed] if dataset.name in BY_PERSON else []
    if unlisted:
        remarks.append(f"{counted(len(unlisted), 'folder is', 'folders are')} in no list, as {min(unlisted)}")
    lost = {folder / name for folder in absent for name in listed[folder]}
    return Comparison(tuple(errors), tuple(remarks), lost | other_case.keys())


def _absent(folders: set[Path], tracklets: Counter[Path]) -> Iterator[str]:
    """Name each missing folder once, or the folder around it where that is missing too."""
    counts = Counter[Path]()
    for folder in folders:
        top = next((path for path in (folder, *folder.parents) if path.parent.is_dir()), folder)
        counts[top] += tracklets[folder]
    for top in sorted(counts):
        lie = counted(counts[top], "tracklet of the list lies", "tracklets of the list lie")
        yield f"{top}: missing, {lie} there"


def _folders(listed: Iterable[Path]) -> Iterator[Path]:
    """Give the folders that lie beside those of the lists."""
    for parent in {folder.parent for folder in listed}:
        yield from (path for path in (_seen(parent) if parent.is_dir() else ()) if path.is_dir())


def _seen(folder: Path) -> Iterator[Path]:
    """Give what lies in a folder, hidden files left out."""
    return (path for path in folder.iterdir() if not path.name.startswith("."))
