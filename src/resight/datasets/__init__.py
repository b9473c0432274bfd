"""Data sets by name: each file reads one layout from disk and knows its protocol."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resight.datasets.actions import open_actions
from resight.datasets.ag_vpreid import open_ag_vpreid
from resight.datasets.base import Dataset, Split, hold_out, leaks_into_mars_test
from resight.datasets.ccvid import open_ccvid
from resight.datasets.checking import CheckReport, check_dataset, unopened
from resight.datasets.folder import open_folder
from resight.datasets.g2a_vreid import open_g2a_vreid
from resight.datasets.ilids_vid import open_ilids_vid
from resight.datasets.links import refuse_links
from resight.datasets.ls_vid import open_ls_vid
from resight.datasets.mars import open_mars
from resight.datasets.mevid import open_mevid
from resight.datasets.options import check_options
from resight.datasets.origin import opened_from
from resight.datasets.p_destre import open_p_destre
from resight.datasets.prid2011 import open_prid2011
from resight.datasets.protocol import SplitRule, camera_pairs, open_set_people
from resight.datasets.synthetic import open_synthetic
from resight.datasets.video import open_video
from resight.errors import DataError, RecipeError


@dataclass(frozen=True)
class Reader:
    """How a data set is opened, and what `resight datasets list` says of it.

    Attributes
    ----------
    open : callable
        Takes the path and the reader's options.
    title, layout
        What it is, and what lies in its folder; no layout where nothing lies on disk.
    counts : str
        As published: people, cameras, tracklets.
    source : str
        How to get it, and its licence.
    """

    open: Callable[..., Dataset]
    title: str
    layout: str
    counts: str = ""
    source: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that `open_dataset` passes on."""
        return tuple(inspect.signature(self.open).parameters)[1:]


DATASETS: dict[str, Reader] = {
    "prid2011": Reader(
        open_prid2011,
        "PRID-2011 (Hirzer et al. 2011)",
        "multi_shot/cam_a/person_0001/*.png, or single_shot/cam_a/person_0001.png",
        "two cameras of 385 and 749 people, 200 in both, 178 with 27 frames or more in both",
        "on the site of its authors (TU Graz, ICG); for research",
    ),
    "ilids-vid": Reader(
        open_ilids_vid,
        "iLIDS-VID (Wang et al. 2014)",
        "sequences/cam1/person001/*.png",
        "300 people in two cameras, 600 sequences of 23 to 192 frames",
        "on the site of its authors (Queen Mary University of London); for research",
    ),
    "mars": Reader(
        open_mars,
        "MARS (Zheng et al. 2016)",
        "bbox_train, bbox_test, info/*.mat",
        "625 people to train on (8,298 tracklets), 634 to test on (12,180 tracklets with distractors and junk, "
        "1,980 queries), six cameras",
        "from its authors, on the project's page; for research",
    ),
    "ls-vid": Reader(
        open_ls_vid,
        "LS-VID (Li et al. 2019)",
        "list_sequence/list_seq_*.txt, test/data/info_test.mat, tracklet_train, tracklet_test",
        "3,772 people in 15 cameras; 2,831 tracklets to train on, 3,504 ask, 7,829 in the gallery",
        "from its authors (Peking University) on request; for research",
    ),
    "ccvid": Reader(
        open_ccvid,
        "CCVID (Gu et al. 2022): people who change their clothes",
        "train.txt, query.txt, gallery.txt, session1/001_01/*.jpg",
        "226 people, 2,856 sequences",
        "linked from its authors' code (guxinqian/Simple-CCReID); for research",
    ),
    "mevid": Reader(
        open_mevid,
        "MEVID (Davila et al. 2023): many days, outfits known",
        "bbox_train, bbox_test, mevid-v1-annotation-data/*.txt",
        "104 people to train on (6,338 tracklets), 54 to test on (1,754 tracklets), 598 outfits, 33 cameras",
        "mevadata.org, and its authors' code (Kitware/MEVID)",
    ),
    "p-destre": Reader(
        open_p_destre,
        "P-DESTRE (Kumar et al. 2021): from drones, over several days",
        "jpg_Extracted_PIDS/08-11-2019-1-1/7/*.jpg, or annotation/*.txt and videos/*.MP4",
        "253 people, 1,894 tracklets, 75 videos",
        "from its authors (University of Beira Interior); for research",
    ),
    "g2a-vreid": Reader(
        open_g2a_vreid,
        "G2A-VReID (Zhang et al. 2024): from the ground and from the air",
        "bbox_train, bbox_test, info/*.mat",
        "2,788 people, 5,576 tracklets, 185,907 pictures, two platforms",
        "its authors' page (FHR-L/G2A-VReID), under their agreement; for research that makes no profit",
    ),
    "ag-vpreid": Reader(
        open_ag_vpreid,
        "AG-VPReID (Nguyen et al. 2025): drones, fixed and worn cameras",
        "train/PERSON/TRACKLET/*.jpg, case1_aerial_to_ground and case2_ground_to_aerial with query and gallery",
        "3,027 people, more than 13,500 tracklets, about 3.7 million frames, in the competition's edition",
        "its competition's page (agvpreid25/AG-VPReID), under its rules",
    ),
    "folder": Reader(
        open_folder,
        "Your own pictures: folders, or a CSV",
        "person/camera/tracklet/*.png, or by order=camera/person camera/person.png, "
        "or a CSV path,person,camera,tracklet[,frame,domain,day,outfit]",
        "any number of people and cameras",
        "yours",
    ),
    "video": Reader(
        open_video,
        "A video with tracks: the first half of each against the second",
        "a video file; --option boxes=FILE (MOTChallenge text, 2015 or 2016 form)",
        "the people of one video",
        "yours",
    ),
    "synthetic": Reader(
        open_synthetic,
        "The embedded world of 3-D walkers: prid, ilids, mars, aerial, plaza, campus, or a YAML (needs no path)",
        "",
        "any number of people",
        "drawn from a seed; part of Resight",
    ),
    "actions": Reader(
        open_actions,
        "Twenty actions of the embedded world's people, to pre-train on (needs no path)",
        "",
        "any number of people",
        "drawn from a seed; part of Resight",
    ),
}


def open_dataset(name: str, path: str | Path | None = None, **options: Any) -> Dataset:
    """Open a data set that lies on disk.

    Parameters
    ----------
    name : str
        One of `DATASETS`.
    path : str or Path or None
        Its folder (for `folder` also a CSV); the embedded world needs none.
    **options
        The reader's own.

    Raises
    ------
    RecipeError
        Where the name or an option is unknown, or an option's value is of another kind than the reader's.
    DataError
        Where the folder is missing or damaged, a link leads out of it, or a tracklet is there twice.
    """
    if name not in DATASETS:
        raise RecipeError(f"no data set named {name!r}; there are {', '.join(sorted(DATASETS))}")
    reader = DATASETS[name]
    for option in options:
        if option not in reader.options:
            raise RecipeError(f"{name}: no option {option!r}; there are {', '.join(reader.options)}")
    check_options(name, reader.open, options)
    root = None if path is None else Path(path).expanduser()
    if reader.layout and root is None:
        raise DataError(f"{name} needs the path of its folder")
    if root is not None and not root.exists():
        raise DataError(f"{root}: no such file or folder")
    try:
        dataset = reader.open(root, **options)
        if root is not None:
            refuse_links(dataset.tracklets, root)
            _refuse_repeated(dataset)
            dataset = opened_from(dataset, root)
        return dataset
    except OSError as error:
        raise DataError(f"{error.filename or root}: cannot be read ({error.strerror or error})") from error


def _refuse_repeated(dataset: Dataset) -> None:
    """Raise `DataError` where two tracklets of one domain have one name."""
    seen: set[tuple[str, str]] = set()
    for tracklet in dataset.tracklets:
        if (tracklet.domain, tracklet.key) in seen:
            raise DataError(f"{dataset.root}: two tracklets are named {tracklet.key}")
        seen.add((tracklet.domain, tracklet.key))


def describe(name: str, path: str | Path | None = None, **options: Any) -> str:
    """Open a data set and say in a few lines what it is, what is in it, and how it is split."""
    dataset = open_dataset(name, path, **options)
    return f"{DATASETS[name].title}\npublished: {DATASETS[name].counts}\n{dataset.describe()}"


def check(
    name: str,
    path: str | Path | None = None,
    quick: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> CheckReport:
    """Look whether a data set is whole: its counts, and what is missing, unreadable or out of order.

    Parameters
    ----------
    name, path, **options
        As `open_dataset` takes them.
    quick : bool
        Look at the ends of the pictures instead of decoding them.
    progress : callable or None
        Called with the pictures done and all pictures.

    Raises
    ------
    RecipeError
        Where the name or an option is unknown.
    DataError
        Where there is no path, and it cannot be opened.
    """
    try:
        dataset = open_dataset(name, path, **options)
    except DataError as error:
        if path is None:
            raise
        return unopened(name, path, error)
    return check_dataset(dataset, quick, progress)


__all__ = [
    "DATASETS",
    "CheckReport",
    "Dataset",
    "Reader",
    "Split",
    "SplitRule",
    "camera_pairs",
    "check",
    "describe",
    "hold_out",
    "leaks_into_mars_test",
    "open_dataset",
    "open_set_people",
]
