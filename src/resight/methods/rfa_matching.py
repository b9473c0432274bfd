"""RFA in use: hidden states of random sequences of a tracklet, and distances averaged over the draws (METHODS §9)."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from resight.errors import DataError
from resight.evaluation import evaluate
from resight.features.clips import digest_weights
from resight.features.extract import Matrix
from resight.features.projection import Projection
from resight.methods.base import Distances
from resight.methods.rfa_descriptors import describe, sequence
from resight.metrics import Cosine, RankSVM
from resight.models.counting import learned_numbers
from resight.models.rfa import RecurrentAggregation, last_states
from resight.progress import Progress
from resight.tracklets import Tracklet, TrackletSet


class RFAExtractor:
    """A trained RFA.

    Parameters
    ----------
    name : str
    network : RecurrentAggregation
    projection : Projection or None
        Of the frames' descriptors.
    ranking : RankSVM or None
        None matches by cosine.
    length, draws : int
        Frames of a sequence, and sequences of a tracklet. Where they begin follows from the tracklet's domain and key,
        so that nothing depends on what else is in the set.
    """

    def __init__(
        self,
        name: str,
        network: RecurrentAggregation,
        projection: Projection | None,
        ranking: RankSVM | None,
        length: int,
        draws: int,
    ) -> None:
        self.name, self.network, self.projection, self.ranking = name, network.eval(), projection, ranking
        self.length, self.draws = length, draws
        self.parameters = learned_numbers(network) - len(network.lstm.get_parameter("bias_hh_l0"))  # one bias would do
        if ranking is not None:
            self.parameters += len(ranking.weights_)

    def key(self) -> dict[str, Any]:
        """Return digests of the LSTM and the projection, and the sequences' form."""
        return {
            "network": "RFA",
            "weights": digest_weights(self.network),
            "projection": None if self.projection is None else self.projection.digest(),
            "sequences": [self.length, self.draws],
        }

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, length · hidden)``: the mean over the draws, of length 1."""
        means = self.sequences(tracklets).mean(1)
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12), dtype=np.float32)

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> Distances:
        """Return RankSVM's or the cosine distance, averaged over the draws, ``(n_query, n_gallery)``."""
        metric = self.ranking or Cosine()
        a, b = self.sequences(query), self.sequences(gallery)
        return np.asarray(np.mean([metric.distance(a[:, i], b[:, i]) for i in range(self.draws)], axis=0))

    def sequences(self, tracklets: TrackletSet, console: Console | None = None) -> NDArray[np.float32]:
        """Return the feature of every draw, ``(N, draws, length · hidden)``, each of length 1."""
        if len(tracklets) == 0:
            raise DataError("there are no tracklets to extract features from")
        found = np.empty((len(tracklets), self.draws, self.length * self.network.lstm.hidden_size), np.float32)
        with Progress(console, "tracklets described") as progress:
            for place, tracklet in enumerate(tracklets):
                found[place] = self._one(tracklet)
                progress.tell(place + 1, len(tracklets))
        return found

    def _one(self, tracklet: Tracklet) -> NDArray[np.float32]:
        wanted = np.stack([sequence(len(tracklet), self.length, rng) for rng in self._generators(tracklet)])
        frames, places = np.unique(wanted, return_inverse=True)
        described = describe(tracklet, self.projection, frames.tolist()).astype(np.float32)
        with torch.inference_mode():
            states = self.network.states(torch.from_numpy(described[places.reshape(wanted.shape)]))
            found: NDArray[np.float32] = torch.nn.functional.normalize(last_states(states), dim=1).numpy()
        return found

    def _generators(self, tracklet: Tracklet) -> list[np.random.Generator]:
        digest = hashlib.sha256(f"{tracklet.domain}|{tracklet.key}".encode()).digest()
        seed = int.from_bytes(digest[:8], "big")
        return [np.random.default_rng([seed, draw]) for draw in range(self.draws)]


def choose_ranking(
    sequences: NDArray[np.float32],
    people: TrackletSet,
    candidates: tuple[float, ...],
    seed: int,
    console: Console | None = None,
) -> RankSVM:
    """Fit a RankSVM on all people, with the C that ranks a third of them best when fitted on the others.

    Parameters
    ----------
    sequences : float32 ``(N, draws, D)``
        Features of the training people; the first draw is learned from, the last one tested on.
    people : TrackletSet
        N tracklets.
    candidates : tuple of float
        Values of C; of equally good ones the first is taken.
    seed : int
        Of the people who are held out and of the drawn pairs.
    console : Console or None
        Is told what each C gives.
    """
    labels, views, sets = people.labels(), people.views(), people.domains()
    order = np.random.default_rng([seed, 6]).permutation(int(labels.max()) + 1)
    held = np.isin(labels, order[: len(order) // 3])
    best, chosen = -1.0, candidates[0]
    if len(candidates) > 1 and len(order) >= 6:
        for c in candidates:
            trial = RankSVM(C=c, random_state=seed).fit(sequences[~held, 0], labels[~held], views[~held], sets[~held])
            rows = sequences[held, -1]
            found = evaluate(trial.distance(rows, rows), labels[held], labels[held], views[held], views[held]).mean_ap
            if console is not None:
                console.print(f"RankSVM, C {c:g}: mAP {100 * found:.1f} of training people held out", highlight=False)
            if found > best:
                best, chosen = found, c
    return RankSVM(C=chosen, random_state=seed).fit(sequences[:, 0], labels, views, sets)


def comparisons_of(people: TrackletSet) -> int:
    """Return how many comparisons of a true with a false pair the RankSVM will be fitted on, at most."""
    counts = np.bincount(people.labels())
    ranking = RankSVM()
    return int(min(ranking.max_pairs, ranking.negatives * (counts * (counts - 1)).sum()))
