from __future__ import annotations

import pytest
import torch

from resight.clips import Preprocessing, Sampling
from resight.errors import WeightsError
from resight.experiments.action_accuracy import VIEWS, action_accuracy
from resight.models import C3D
from resight.models.files import LoadedModel
from resight.synthetic.actions import film_actions
from resight.synthetic.motion import NAMES


def model(classes: int) -> LoadedModel:
    torch.manual_seed(0)
    network = C3D(classes, 0.02, (16, 32, 32), norm="batch").eval()
    return LoadedModel("small", network, Preprocessing(size=(32, 32), resize=None), Sampling(length=16), {})


def test_a_network_that_always_says_walk_is_right_once_in_twenty() -> None:
    walks = model(len(NAMES))
    torch.nn.init.zeros_(walks.network.fc8.weight)  # type: ignore[arg-type]
    walks.network.fc8.bias.data[:] = 0  # type: ignore[union-attr, index]
    walks.network.fc8.bias.data[NAMES.index("walk")] = 1  # type: ignore[union-attr, index]
    found = action_accuracy(walks, film_actions(["prid"], [1], length=16))
    for view in VIEWS:
        assert found[view] == pytest.approx(1 / len(NAMES))
        assert found[f"{view}, pairs"] == pytest.approx(0.5)  # walk is preferred to walk_backward, the rest are ties


def test_a_pair_is_decided_by_what_the_network_sees() -> None:
    """A network that only ever doubts between sitting down and standing up is right on one of the two."""
    doubts = model(len(NAMES))
    torch.nn.init.zeros_(doubts.network.fc8.weight)  # type: ignore[arg-type]
    doubts.network.fc8.bias.data[:] = -9  # type: ignore[union-attr, index]
    doubts.network.fc8.bias.data[NAMES.index("sit_down")] = 1  # type: ignore[union-attr, index]
    doubts.network.fc8.bias.data[NAMES.index("stand_up")] = 0.5  # type: ignore[union-attr, index]
    pair = film_actions(["prid"], [1], length=16).filter(lambda t: t.label in ("sit_down", "stand_up"))
    assert action_accuracy(doubts, pair)["in order, pairs"] == 0.5
    assert action_accuracy(doubts, pair.filter(lambda t: t.label == "sit_down"))["frozen, pairs"] == 1.0


def test_a_network_of_other_classes_is_refused() -> None:
    with pytest.raises(WeightsError, match="7 classes, not 20 actions"):
        action_accuracy(model(7), film_actions(["prid"], [1], length=16))
