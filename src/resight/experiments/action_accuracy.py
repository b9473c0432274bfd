"""How well a network names actions: in order, shuffled, reversed and frozen, and where time alone decides."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from resight.errors import WeightsError
from resight.models.files import LoadedModel
from resight.robustness.temporal import controlled
from resight.synthetic.motion import NAMES, PAIRS
from resight.tracklets import TrackletSet

VIEWS = ("in order", "shuffled", "reversed", "frozen")


def action_accuracy(model: LoadedModel, tracklets: TrackletSet, seed: int = 0, batch: int = 32) -> dict[str, float]:
    """Name the actions of tracklets by a network that was trained on them.

    Parameters
    ----------
    model : LoadedModel
        Its classes are `resight.synthetic.motion.NAMES`.
    tracklets : TrackletSet
        Of `resight.synthetic.actions.film_actions`, of people the network did not see.
    seed : int
        Of the shuffling.
    batch : int
        Clips at a time.

    Returns
    -------
    dict
        Fractions: for each of `VIEWS` the share named rightly, and with ``", pairs"`` after it the share in which, of
        the two actions of one of `resight.synthetic.motion.PAIRS`, the right one is the likelier (chance is a half).

    Raises
    ------
    WeightsError
        Where the network has another number of classes.
    """
    if model.network.config["num_classes"] != len(NAMES):
        raise WeightsError(
            f"{model.name} tells {model.network.config['num_classes']} classes, not {len(NAMES)} actions"
        )
    truth = tracklets.persons - 1
    partner = np.full(len(NAMES), -1)
    for pair in PAIRS:
        one, other = (NAMES.index(name) for name in pair)
        partner[one], partner[other] = other, one
    paired = np.flatnonzero(partner[truth] >= 0)
    found: dict[str, float] = {}
    for view in VIEWS:
        seen = tracklets if view == "in order" else controlled(tracklets, view, seed)
        scores = _scores(model, seen, batch)
        found[view] = float((scores.argmax(1) == truth).mean())
        own, others = scores[paired, truth[paired]], scores[paired, partner[truth[paired]]]
        found[f"{view}, pairs"] = float(((own > others) + 0.5 * (own == others)).mean())
    return found


def _scores(model: LoadedModel, tracklets: TrackletSet, batch: int) -> NDArray[np.float64]:
    """Return the mean log-probability of each class over a tracklet's clips, ``(N, classes)``."""
    rows = []
    with torch.inference_mode():
        for tracklet in tracklets:
            wanted = model.sampling.clips(len(tracklet))
            frames = model.preprocessing.centre(tracklet.load())
            clips = torch.from_numpy(frames[wanted])
            parts = [
                torch.log_softmax(model.network(model.preprocessing.normalise(clips[i : i + batch])), 1)
                for i in range(0, len(clips), batch)
            ]
            rows.append(torch.cat(parts).mean(0).numpy())
    return np.stack(rows).astype(np.float64)
