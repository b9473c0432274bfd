"""The embedded world as a data set: it needs no path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from resight.datasets.base import Dataset, Split, random_halves, rank_across_cameras
from resight.datasets.origin import alikeness
from resight.errors import RecipeError
from resight.synthetic import synthesize

TRAINING_PEOPLE = 200_000
"""People from here on are kept for the training of weights that ship; tests and demos stay below."""


def open_synthetic(
    root: Path | None = None,
    domain: str = "prid",
    people: int = 100,
    seed: int = 0,
    first_person: int = 1,
    train_fraction: float = 0.5,
    frames: tuple[int, int] | None = None,
    tracklets_per_camera: int | None = None,
    days: int = 1,
    same_clothes: bool = False,
    outfits: int | None = None,
    twins: bool = False,
    null_twins: bool = False,
    gait: float = 1.0,
    camera_seed: int | None = None,
    distractors: int = 0,
    junk: int = 0,
) -> Dataset:
    """Open a domain of the synthetic world.

    Parameters
    ----------
    root : None
        Not used: nothing lies on disk.
    first_person : int
        Number of the first person.
    train_fraction : float
        Of the people, drawn by the split's seed; distractors and junk are in the gallery.
    domain, people, and all others
        As `resight.synthetic.synthesize` takes them.
    """
    if not 0 < train_fraction < 1 or people < 2:
        raise RecipeError("a synthetic data set needs two people or more, and a training fraction between 0 and 1")
    numbers = range(first_person, first_person + people)
    options: dict[str, Any] = {
        "frames": None if frames is None else (int(frames[0]), int(frames[1])),
        "tracklets_per_camera": tracklets_per_camera,
        "days": days,
        "same_clothes": same_clothes,
        "outfits": outfits,
        "twins": twins,
        "null_twins": null_twins,
        "gait": gait,
        "camera_seed": camera_seed,
        "distractors": distractors,
        "junk": junk,
    }
    tracklets = synthesize(domain, numbers, seed=seed, **options)

    def split(name: str) -> Split:
        train, test = random_halves(list(numbers), int(name), train_fraction)
        query, gallery = rank_across_cameras(tracklets.filter(lambda t: t.person in test or t.person <= 0))
        return Split(name, int(name), tracklets.filter(lambda t: t.person in train), query, gallery)

    alike = alikeness({"twins": twins, "null_twins": null_twins, "gait": gait})
    remarks, names = (alike,) if alike else (), ("0", "1", "2", "3", "4")
    return Dataset("synthetic", Path(domain), tracklets, names, split, seeded=True, remarks=remarks, alike=alike)
