from __future__ import annotations

import numpy as np
import pytest

from resight.datasets import open_dataset
from resight.datasets.synthetic import TRAINING_PEOPLE
from resight.errors import RecipeError
from resight.experiments.sources import open_sources
from resight.synthetic import synthesize
from resight.synthetic.actions import film_actions
from resight.synthetic.motion import NAMES, PAIRS
from resight.tracklets import Tracklet, TrackletSet
from resight.training.recipe import load_recipe


@pytest.fixture(scope="module")
def acts() -> TrackletSet:
    return film_actions(["plaza"], [7], length=12)


def moves(tracklet: Tracklet) -> float:
    frames = tracklet.load().astype(float)
    return float(np.abs(np.diff(frames, axis=0)).mean())


def test_everybody_does_everything_once_in_each_domain(acts: TrackletSet) -> None:
    assert [t.label for t in acts] == list(NAMES) and acts.persons.tolist() == list(range(1, len(NAMES) + 1))
    many = film_actions(["prid", "mars"], [1, 2, 3], length=12)
    assert len(many) == 2 * 3 * len(NAMES) and len({t.key for t in many}) == len(many)
    assert set(many.cameras) <= set(range(1, 9)) and max(many.cameras) > 2


def test_actions_look_different_and_move(acts: TrackletSet) -> None:
    pictures = {t.label: t.load() for t in acts}
    names = [name for pair in PAIRS for name in pair]
    for one, other in zip(names[::2], names[1::2], strict=True):
        assert pictures[one].shape == pictures[other].shape and (pictures[one] != pictures[other]).any()
    assert all(moves(t) > 0 for t in acts)


def test_walking_by_name_is_walking() -> None:
    """The streams do not know of actions: who is asked to walk walks as everybody does."""
    walked = next(t for t in film_actions(["prid"], [3], length=12) if t.label == "walk")
    same = synthesize("prid", [3], frames=(12, 12)).filter(lambda t: t.camera == walked.camera)
    np.testing.assert_array_equal(walked.load(), same[0].load())


def test_the_data_set_keeps_its_people_apart_from_those_of_tests_and_demos() -> None:
    split = open_dataset("actions", None, people=3, test_people=2, domains="prid").split(None)
    trained = {int(t.source.split("-")[1]) for t in split.train}
    tested = {int(t.source.split("-")[1]) for t in split.query + split.gallery}
    assert min(trained) >= TRAINING_PEOPLE > max(tested) and len(trained) == 3 and len(tested) == 2
    assert split.train.labels().max() == len(NAMES) - 1


def test_the_recipe_opens_it_with_actions_of_training_and_test_apart() -> None:
    part = open_sources(load_recipe("actions"), None, 0)[0]
    assert part.synthetic and {t.domain for t in part.split.train} == {"actions"}
    assert {t.domain for t in part.split.query + part.split.gallery} == {"actions-unseen"}


def test_nobody_and_nowhere_are_refused() -> None:
    with pytest.raises(RecipeError, match="actions need"):
        film_actions(["prid"], [])
    with pytest.raises(RecipeError, match="somebody to test on"):
        open_dataset("actions", None, test_people=0)
