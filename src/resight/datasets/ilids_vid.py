"""iLIDS-VID (Wang et al., ECCV 2014): 300 people in two cameras of an airport hall (METHODS §3.2)."""

from __future__ import annotations

import re
from pathlib import Path

from resight.datasets.base import Dataset, Split, locate, random_halves, share, two_camera_split
from resight.datasets.matlab import read_mat_splits
from resight.datasets.splits import published
from resight.errors import DataError
from resight.frames import ImageFiles, list_images, numeric_order
from resight.tracklets import Tracklet, TrackletSet

PEOPLE = 300


def open_ilids_vid(
    root: Path, train_fraction: float = 0.5, splits: str | None = None, domain: str = "ilids-vid"
) -> Dataset:
    """Open iLIDS-VID: `sequences/cam1/person001/*.png`. Camera 1 asks, camera 2 is the gallery.

    The ten published splits are there where all 300 people are; splits by seed always.

    Parameters
    ----------
    root : Path
        The folder `sequences`, or one of those that contain it.
    train_fraction : float
        Share of the people to train on in seeded splits.
    splits : str or None
        A MATLAB file of splits (`ls_set`, Wang et al. 2014); they come first, named mat0, mat1 and so on.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where the folders are missing, or the file of splits does not fit the people.
    RecipeError
        Where the fraction is out of range.
    """
    fraction = share(train_fraction)
    folder = locate(root, ("cam1", "cam2"), ("sequences", "i-LIDS-VID/sequences", "iLIDS-VID/sequences"))
    tracklets = _sequences(folder, 1, domain) + _sequences(folder, 2, domain)
    one, two = ({t.person for t in tracklets if t.camera == camera} for camera in (1, 2))
    people = sorted(one & two)
    trials = published("ilids_vid") if len(people) == PEOPLE else ()
    own = None if splits is None else read_mat_splits(Path(splits), people)
    fixed = (own.names if own else ()) + tuple(f"published{i}" for i in range(len(trials)))

    def split(name: str) -> Split:
        if own and name in own.names:
            return two_camera_split(tracklets, name, None, *own.trial(name))
        if not name.startswith("published"):
            return two_camera_split(tracklets, name, int(name), *random_halves(people, int(name), fraction))
        train, test = ({people[i - 1] for i in part} for part in trials[int(name[9:])])
        return two_camera_split(tracklets, name, None, train, test)

    remarks: tuple[str, ...] = ()
    if len(one) != PEOPLE or len(two) != PEOPLE:
        remarks = (
            f"counts differ from the published iLIDS-VID: {len(one)} people in cam1 and {len(two)} in cam2 here, "
            "300 in both published; splits are drawn by seed",
        )
    return Dataset(
        name="ilids-vid",
        root=root,
        tracklets=tracklets,
        split_names=fixed or tuple("01234"),
        make_split=split,
        seeded=True,
        remarks=remarks,
        problems=tuple(
            f"{folder / camera / f'person{p:03d}'}: missing, but the person is in the other camera"
            for camera, here, there in (("cam1", one, two), ("cam2", two, one))
            for p in sorted(there - here)
        ),
        test_only=fraction == 0,
    )


def _sequences(folder: Path, camera: int, domain: str) -> TrackletSet:
    subfolders = (p for p in (folder / f"cam{camera}").iterdir() if p.is_dir() and not p.name.startswith("."))
    tracklets = []
    for path in numeric_order(subfolders):
        if not re.fullmatch(r"person\d{3}", path.name):
            raise DataError(f"{path}: not named as iLIDS-VID names people, person001 and so on")
        files = tuple(list_images(path))
        first = re.findall(r"\d+", files[0].stem) if files else []
        tracklets.append(
            Tracklet(
                person=int(path.name[6:]),
                camera=camera,
                domain=domain,
                key=f"cam{camera}/{path.name}",
                frames=ImageFiles(files),
                label=path.name,
                source=str(path),
                first_frame=int(first[-1]) if first else None,
            )
        )
    return TrackletSet(tracklets)
