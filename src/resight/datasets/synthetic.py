"""The embedded world as a data set: it needs no path."""

from __future__ import annotations

from pathlib import Path

from resight.datasets.base import Dataset, Split, random_halves, two_camera_split
from resight.errors import RecipeError
from resight.synthetic import synthesize

TRAINING_PEOPLE = 200_000
"""People from here on are kept for the training of weights that ship; tests and demos stay below."""


def open_synthetic(
    root: Path | None = None,
    domain: str = "street",
    people: int = 100,
    seed: int = 0,
    first_person: int = 1,
    tracklets_per_camera: int = 1,
    train_fraction: float = 0.5,
    frames: tuple[int, int] = (24, 48),
) -> Dataset:
    """Open a domain of the synthetic world.

    Parameters
    ----------
    root : None
        Not used: nothing lies on disk.
    domain, people, seed, tracklets_per_camera, frames
        As `resight.synthetic.synthesize` takes them.
    first_person : int
        Number of the first person.
    train_fraction : float
        Of the people, drawn by the split's seed.
    """
    if not 0 < train_fraction < 1 or people < 2:
        raise RecipeError("a synthetic data set needs two people or more, and a training fraction between 0 and 1")
    numbers = range(first_person, first_person + people)
    low, high = frames
    tracklets = synthesize(
        domain, numbers, seed=seed, tracklets_per_camera=tracklets_per_camera, frames=(int(low), int(high))
    )

    def split(name: str) -> Split:
        train, test = random_halves(list(numbers), int(name), train_fraction)
        return two_camera_split(tracklets, name, int(name), train, test)

    return Dataset("synthetic", Path(domain), tracklets, ("0", "1", "2", "3", "4"), split, seeded=True)
