"""PRID-2011 (Hirzer et al., SCIA 2011): two cameras, people 1 to 200 in both (METHODS §3.1)."""

from __future__ import annotations

import re
from pathlib import Path

from resight.datasets.base import Dataset, Split, random_halves, share, two_camera_split
from resight.datasets.matlab import read_mat_splits
from resight.datasets.splits import published
from resight.errors import DataError, RecipeError
from resight.frames import IMAGE_SUFFIXES, ImageFiles, list_images, numeric_order
from resight.tracklets import Tracklet, TrackletSet

IN_BOTH = 200
"""The people up to this number are in both cameras; beyond it the same number means another person in each."""
ONLY_IN_B = 10_000
"""Added to the numbers of the people who are in camera b only, so that no two people share one."""
PUBLISHED = {"multi_shot": (385, 749), "single_shot": (385, 749)}
"""People in camera a and in camera b."""
FRACTION = 0.5
MIN_FRAMES = 27
SETS: dict[int, tuple[int, frozenset[int]]] = {
    178: (MIN_FRAMES, frozenset()),
    181: (1, frozenset({6, 31, 52, 57, 62, 94, 106, 120, 138, 139, 142, 145, 158, 159, 166, 183, 190, 199, 200})),
    183: (21, frozenset()),
    200: (1, frozenset()),
}
"""The field's choices of people by their number: frames needed in both cameras, and people left out (METHODS §3.1)."""


def open_prid2011(
    root: Path,
    variant: str = "multi_shot",
    min_frames: int = MIN_FRAMES,
    all200: bool = False,
    people: int | None = None,
    train_fraction: float = FRACTION,
    splits: str | None = None,
    domain: str = "prid2011",
) -> Dataset:
    """Open PRID-2011: `multi_shot/cam_a/person_0001/*.png` or `single_shot/cam_a/person_0001.png`.

    Multi-shot splits are over the people with `min_frames` frames or more in both cameras (27 leaves the 178 of the
    field's ten published splits); camera a asks, camera b is the gallery. Single-shot splits are over the first 200:
    those who are not trained on ask, and the gallery is all others of camera b.

    Parameters
    ----------
    root : Path
        The folder of the variant, or the one that contains it.
    variant : {"multi_shot", "single_shot"}
    min_frames : int
        Frames that a person must have in both cameras (multi-shot).
    all200 : bool
        Take the first 200 people, however short.
    people : {178, 181, 183, 200} or None
        One of the field's choices instead of `min_frames`: 27 frames or more, the list of the STA authors, 21 frames or
        more, or all (METHODS §3.1).
    train_fraction : float
        Share of the people to train on in seeded splits.
    splits : str or None
        A MATLAB file of splits (`ls_set`, Wang et al. 2014); they come first, named mat0, mat1 and so on.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where the folders are missing, a camera has a person twice, or the file of splits does not fit the people.
    RecipeError
        Where an option is out of range, or options contradict each other.
    """
    if variant not in PUBLISHED:
        raise RecipeError(f"prid2011: no variant {variant!r}; there are {', '.join(PUBLISHED)}")
    fraction = share(train_fraction)
    folder = _variant_folder(root, variant)
    read = _sequences if variant == "multi_shot" else _pictures
    tracklets = read(folder, "cam_a", domain) + read(folder, "cam_b", domain)
    _refuse_two_of_one(tracklets)
    a, b = ({t.person: t for t in tracklets if t.camera == camera and t.person <= IN_BOTH} for camera in (1, 2))
    needed, left_out = _choice(people, all200, min_frames, variant)
    known = sorted(p for p in a.keys() & b.keys() if min(len(a[p]), len(b[p])) >= needed and p not in left_out)
    own = None if splits is None else read_mat_splits(Path(splits), known, sorted(a.keys() & b.keys()))

    def split(name: str) -> Split:
        seed: int | None = None
        if own and name in own.names:
            train, test = own.trial(name)
        elif name.startswith("published"):
            train, test = (set(part) for part in published("prid2011")[int(name[9:])])
        else:
            seed = int(name)
            if needed and len(known) < (2 if fraction else 1):
                who = "one person only has" if known else "nobody has"
                raise DataError(f"{root}: {who} {needed} frames or more in both cameras; see min_frames or all200")
            train, test = random_halves(known, seed, fraction)
        if variant == "single_shot":
            return _single_shot_split(tracklets, name, seed, train, test)
        return two_camera_split(tracklets, name, seed, train, test)

    trial = published("prid2011")
    fixed = variant == "multi_shot" and set(known) == trial[0][0] | trial[0][1]
    named = (own.names if own else ()) + (tuple(f"published{i}" for i in range(len(trial))) if fixed else ())
    return Dataset(
        name="prid2011",
        root=root,
        tracklets=tracklets,
        split_names=named or tuple("01234"),
        make_split=split,
        seeded=True,
        remarks=_remarks(tracklets, variant, known, needed, fixed or all200, people),
        problems=tuple(
            f"{folder / camera / _folder_name(p)}: missing, but the person is in the other camera"
            for camera, here, there in (("cam_a", a, b), ("cam_b", b, a))
            for p in sorted(there.keys() - here.keys())
        ),
        test_only=fraction == 0,
    )


def _single_shot_split(tracklets: TrackletSet, name: str, seed: int | None, train: set[int], test: set[int]) -> Split:
    return Split(
        name=name,
        seed=seed,
        train=tracklets.filter(lambda t: t.person in train),
        query=tracklets.filter(lambda t: t.camera == 1 and t.person in test),
        gallery=tracklets.filter(lambda t: t.camera == 2 and t.person not in train),
    )


def _variant_folder(root: Path, variant: str) -> Path:
    inside = [root / variant, root / "prid_2011" / variant, root / "prid2011" / variant]
    if root.name == variant or root.name not in PUBLISHED:
        inside.append(root)
    for folder in inside:
        if (folder / "cam_a").is_dir() and (folder / "cam_b").is_dir():
            return folder
    raise DataError(f"{root}: no folder {variant} with cam_a and cam_b in it")


def _sequences(folder: Path, camera: str, domain: str) -> TrackletSet:
    subfolders = numeric_order(p for p in (folder / camera).iterdir() if p.is_dir() and not p.name.startswith("."))
    return TrackletSet(_tracklet(p, camera, domain, tuple(list_images(p))) for p in subfolders)


def _pictures(folder: Path, camera: str, domain: str) -> TrackletSet:
    return TrackletSet(_tracklet(p, camera, domain, (p,)) for p in list_images(folder / camera))


def _tracklet(path: Path, camera: str, domain: str, files: tuple[Path, ...]) -> Tracklet:
    name = path.stem if path.suffix.lower() in IMAGE_SUFFIXES else path.name
    if not re.fullmatch(r"person_\d{1,4}", name):
        raise DataError(f"{path}: not named as PRID-2011 names people, person_0001 and so on")
    number = int(name[7:])
    alone = number > IN_BOTH
    first = re.findall(r"\d+", files[0].stem) if files and files[0] != path else []
    return Tracklet(
        person=number + ONLY_IN_B if alone and camera == "cam_b" else number,
        camera=1 if camera == "cam_a" else 2,
        domain=domain,
        key=f"{camera}/{name}",
        frames=ImageFiles(files),
        label=f"{name} of {camera}" if alone else name,
        source=str(path),
        first_frame=int(first[-1]) if first else None,
    )


def _refuse_two_of_one(tracklets: TrackletSet) -> None:
    """Raise `DataError` where a camera has a person twice, as person_0004 and person_4."""
    seen: dict[tuple[int, int], str] = {}
    for tracklet in tracklets:
        other = seen.setdefault((tracklet.camera, tracklet.person), tracklet.source)
        if other != tracklet.source:
            raise DataError(f"{tracklet.source}: the same person as {other}, and a camera has each once")


def _folder_name(person: int) -> str:
    return f"person_{person:04d}"


def _choice(people: int | None, all200: bool, min_frames: int, variant: str) -> tuple[int, frozenset[int]]:
    """Return the frames that a person needs in both cameras, and the people left out by name."""
    if people is None:
        return (0 if all200 or variant == "single_shot" else min_frames), frozenset()
    if people not in SETS:
        raise RecipeError(f"prid2011: people must be one of {', '.join(map(str, SETS))}, not {people}")
    if all200 or min_frames != MIN_FRAMES or variant == "single_shot":
        raise RecipeError("prid2011: people stands alone: no all200, min_frames or single_shot beside it")
    return SETS[people]


def _remarks(
    tracklets: TrackletSet, variant: str, people: list[int], needed: int, as_published: bool, wanted: int | None
) -> tuple[str, ...]:
    counts = tuple(sum(t.camera == camera for t in tracklets) for camera in (1, 2))
    remarks = []
    if counts != PUBLISHED[variant]:
        a, b = PUBLISHED[variant]
        remarks.append(
            f"counts differ from the published {variant}: {counts[0]} people in cam_a and {counts[1]} in cam_b here, "
            f"{a} and {b} published"
        )
    if wanted is not None and len(people) != wanted:
        remarks.append(f"{len(people)} people here, not the {wanted} that were asked for")
    elif variant == "multi_shot" and not as_published and wanted is None:
        remarks.append(
            f"{len(people)} people with {needed} frames or more in both cameras, not the 178 of the published splits: "
            "splits are drawn by seed"
        )
    return tuple(remarks)
