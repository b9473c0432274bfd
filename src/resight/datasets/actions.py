"""Actions of the embedded world as a data set: the stand-in for Sports-1M to pre-train on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from resight.datasets.base import Dataset, Split, rank_across_cameras
from resight.datasets.synthetic import TRAINING_PEOPLE
from resight.errors import RecipeError
from resight.synthetic.actions import film_actions

TEST_PEOPLE = 100_000
"""People who act in tests are those after this number."""


def open_actions(
    root: Path | None = None,
    domains: str | Sequence[str] = ("prid", "ilids", "mars"),
    people: int = 200,
    test_people: int = 30,
    length: int = 32,
    seed: int = 0,
    domain: str = "actions",
) -> Dataset:
    """Open the actions; what other sets call a person is the action here.

    Parameters
    ----------
    root : None
        Not used: nothing lies on disk.
    domains : sequence of str, or names with commas between
        Where it is filmed.
    people, test_people : int
        Who act in training (numbered from `TRAINING_PEOPLE`, so that they are in no test of anything else) and in the
        test (from `TEST_PEOPLE`).
    length, seed : int
        Frames of a tracklet; the world's seed.
    domain : str
        Name given to the tracklets; those of the test have ``-unseen`` after it.

    Raises
    ------
    RecipeError
        Where nobody acts on one side.
    """
    if people < 1 or test_people < 1:
        raise RecipeError("actions need somebody to train on and somebody to test on")
    places = [name.strip() for name in domains.split(",")] if isinstance(domains, str) else list(domains)
    train = film_actions(
        places, range(TRAINING_PEOPLE, TRAINING_PEOPLE + people), length=length, seed=seed, name=domain
    )
    test_numbers = range(TEST_PEOPLE + 1, TEST_PEOPLE + test_people + 1)
    test = film_actions(places, test_numbers, length=length, seed=seed, name=f"{domain}-unseen")

    def split(name: str) -> Split:
        query, gallery = rank_across_cameras(test)
        return Split(name, None, train, query, gallery)

    return Dataset("actions", Path(domain), train + test, ("unseen",), split)
