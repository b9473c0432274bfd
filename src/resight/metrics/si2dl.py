"""SI²DL: compact videos, and videos of a person closer than their impostors (Zhu et al., IJCAI 2016; METHODS §12)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from resight.errors import InputError
from resight.metrics.checking import check_number, labelled, numbered_domains
from resight.metrics.euclidean import squared_distances
from resight.metrics.learned import BySpace
from resight.metrics.pairs import group_sums, symmetric
from resight.metrics.reduction import principal_axes

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

RIDGE = 0.1
"""Share of the mean variance added to the scatter within people, where W begins."""
CHUNK = 256
"""Pairs of one person at a time, so that triples of many videos fit the memory."""


class SI2DL(BySpace):
    """Two maps learned in turn: V makes each video compact, W on top of it pushes impostors away.

    Minimises f + μ·g, with every column of V and W at most 1 long; f is the mean squared distance of the samples
    ``Vᵀx`` to the mean of their video, and g the mean over triples (video, another one of the same person, impostor)
    of ρ·(squared distance to the true one - to the impostor), of the videos' means after both maps. The triples are
    those in which the impostor is nearer, found anew in each round; ρ = exp(-d_impostor / d_true). V begins as the
    identity on principal axes, and W as the directions of linear discriminant analysis.

    Nothing in the published problem keeps the columns of W apart: minimised by long steps (a `learning_rate` of 0.05)
    they all turn to one direction, and little is recognised. So the steps are short.

    Parameters
    ----------
    axes : int
        Principal axes kept first, at most.
    intra : int
        Columns of V, at most as many as there are axes.
    inter : int
        Columns of W, at most as many as V has, and fewer than people.
    balance : float
        μ. Samples are scaled to a mean squared length of 1, so that it means the same for any features.
    rounds : int
        At most so many; fewer where the triples stay the same.
    steps : int
        Of projected Adam on V, and then on W, in each round.
    learning_rate : float
        Of Adam, divided by the root of a column's entries: about as far as a column moves in a step.

    Attributes
    ----------
    mean_ : float64 ``(d,)``
    components_ : float64 ``(d, inter)``
        All maps in one: axes, scale, V, W.
    intra_ : float64 ``(r, intra)``
        V.
    inter_ : float64 ``(intra, inter)``
        W.
    objective_ : float64 ``(rounds, 2)``
        f + μ·g on the round's triples, before and after it.
    triples_ : int64 ``(rounds,)``
        How many there were.
    """

    stored = ("mean_", "components_", "intra_", "inter_", "objective_", "triples_")

    def __init__(
        self,
        axes: int = 600,
        intra: int = 400,
        inter: int = 80,
        balance: float = 1.0,
        rounds: int = 30,
        steps: int = 20,
        learning_rate: float = 1e-3,
    ) -> None:
        self.axes = axes
        self.intra = intra
        self.inter = inter
        self.balance = balance
        self.rounds = rounds
        self.steps = steps
        self.learning_rate = learning_rate

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        cameras: ArrayLike | None = None,
        videos: ArrayLike | None = None,
        domains: ArrayLike | None = None,
    ) -> SI2DL:
        """Learn both maps.

        Parameters
        ----------
        X : ``(n, d)``
            Samples: one a walking cycle, or one a video.
        y : ``(n,)``
            Person of each.
        cameras : ``(n,)`` or None
            Camera of each: true matches and impostors are from another camera; None takes any other video.
        videos : ``(n,)`` or None
            Video of each; None makes every sample a video of its own.
        domains : ``(n,)`` or None
            Data set of each: impostors are of the same one.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, a video has two people or cameras, a parameter makes no
            sense, or no person has two videos.
        """
        for name in ("axes", "intra", "inter", "rounds", "steps"):
            check_number(self, name, least=1, whole=True)
        for name in ("balance", "learning_rate"):
            check_number(self, name, above=True)
        samples, people, views = labelled(self, X, y, cameras)
        sets = numbered_domains(self, domains, people)
        clips, first = _videos(videos, people, views if cameras is not None else None)
        people, views = people[first], (views[first] if cameras is not None else np.arange(len(first)))
        self.mean_ = samples.mean(0)
        axes = principal_axes(samples - self.mean_, min(self.axes, max(1, len(samples) - 1)))
        rows = (samples - self.mean_) @ axes
        scale = float(np.sqrt((rows**2).sum(1).mean()))
        scale = scale if scale > 0 else 1.0
        counts = np.bincount(clips).astype(np.float64)
        means = group_sums(rows / scale, clips) / counts[:, None]
        within = (rows / scale - means[clips]) / np.sqrt(counts[clips] * len(counts))[:, None]
        self._learn(symmetric(within.T @ within), means, people, views, sets[first])
        self.components_ = axes / scale @ self.intra_ @ self.inter_
        return self

    def _learn(self, compact: Matrix, means: Matrix, people: Labels, views: Labels, sets: Labels) -> None:
        """Take rounds of triples and projected Adam on V and on W."""
        across = views[:, None] != views[None, :]
        true = across & (people[:, None] == people[None, :])
        false = across & (people[:, None] != people[None, :]) & (sets[:, None] == sets[None, :])
        if not (true.any(1) & false.any(1)).any():
            raise InputError("SI2DL: no person has two videos that could be told from another person's")
        intra = np.eye(len(compact), min(self.intra, len(compact)))
        inter = discriminants(means @ intra, people, min(self.inter, intra.shape[1]))
        distances, before = squared_distances(means, means), b""
        told: list[tuple[float, float]] = []
        counts: list[int] = []
        for _ in range(self.rounds):
            triples, count, mark = push(distances, means, true, false)
            if mark == before:
                break
            before = mark
            begun = objective(intra, inter, compact, triples, self.balance)[0]
            for which in (0, 1):
                intra, inter = self._descend(intra, inter, compact, triples, which)
            told.append((begun, objective(intra, inter, compact, triples, self.balance)[0]))
            counts.append(count)
            mapped = means @ intra @ inter
            distances = squared_distances(mapped, mapped)
        self.intra_, self.inter_ = intra, inter
        self.objective_, self.triples_ = np.array(told), np.array(counts, dtype=np.int64)

    def _descend(
        self, intra: Matrix, inter: Matrix, compact: Matrix, triples: Matrix, which: int
    ) -> tuple[Matrix, Matrix]:
        """Take steps of Adam on V (0) or W (1), each followed by shortening the columns that are longer than 1."""
        maps = [intra, inter]
        first, second = np.zeros_like(maps[which]), np.zeros_like(maps[which])
        pace = self.learning_rate / np.sqrt(len(maps[which]))
        for step in range(1, self.steps + 1):
            gradient = objective(maps[0], maps[1], compact, triples, self.balance)[1 + which]
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            moved = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            maps[which] = shorten(maps[which] - pace * moved)
        return maps[0], maps[1]


def objective(
    intra: Matrix, inter: Matrix, compact: Matrix, triples: Matrix, balance: float
) -> tuple[float, Matrix, Matrix]:
    """Return f + μ·g and its gradients by V and by W.

    Parameters
    ----------
    intra, inter : ``(r, k)``, ``(k, l)``
        V and W.
    compact : ``(r, r)``
        Mean scatter of samples around the mean of their video: f = tr(Vᵀ·compact·V).
    triples : ``(r, r)``
        Of `push`: g = tr(WᵀVᵀ·triples·V·W).
    balance : float
        μ.
    """
    both = intra @ inter
    pulled, pushed = compact @ intra, triples @ both
    value = float((intra * pulled).sum() + balance * (both * pushed).sum())
    return value, 2 * pulled + 2 * balance * pushed @ inter.T, 2 * balance * intra.T @ pushed


def push(
    distances: Matrix, means: Matrix, true: NDArray[np.bool_], false: NDArray[np.bool_]
) -> tuple[Matrix, int, bytes]:
    """Sum over triples ρ·(δ_true δ_trueᵀ - δ_impostor δ_impostorᵀ), divided by their number.

    Parameters
    ----------
    distances : ``(n, n)``
        Squared, between videos.
    means : ``(n, r)``
    true, false : bool ``(n, n)``
        Which pairs are of one person, and of two.

    Returns
    -------
    matrix : ``(r, r)``
    count : int
        Of the triples; where no impostor is nearer than a true match, each anchor's nearest impostor is taken.
    mark : bytes
        Equal for equal triples.
    """
    anchors, matches = np.nonzero(true)
    own = distances[anchors, matches]
    nearest = np.where(false, distances, np.inf).min(1)
    none_nearer = not (nearest[anchors] < own).any()
    pull, away, count, mark = np.zeros_like(distances), np.zeros_like(distances), 0, sha256()
    for start in range(0, len(anchors), CHUNK):
        anchor, match = anchors[start : start + CHUNK], matches[start : start + CHUNK]
        limit = own[start : start + CHUNK, None]
        near = distances[anchor] <= nearest[anchor][:, None] if none_nearer else distances[anchor] < limit
        near &= false[anchor]
        weights = np.where(near, np.exp(-distances[anchor] / np.maximum(limit, 1e-12)), 0.0)
        pull[anchor, match] = weights.sum(1)
        np.add.at(away, anchor, weights)
        count += int(near.sum())
        mark.update(np.packbits(near).tobytes())
    signed = (pull - away) / count
    # Σ s_ij (m_i - m_j)(m_i - m_j)ᵀ = Mᵀ (diag(row sums + column sums) - S - Sᵀ) M.
    spread = np.diag(signed.sum(0) + signed.sum(1)) - signed - signed.T
    return symmetric(means.T @ spread @ means), count, mark.digest()


def discriminants(means: Matrix, people: Labels, count: int) -> Matrix:
    """Return the leading directions of linear discriminant analysis as columns ``(r, k)``, the longest of length 1.

    Parameters
    ----------
    means : ``(n, r)``
        Of videos.
    people : int ``(n,)``
        Numbered from 0.
    count : int
        Directions at most; there are fewer than people, since those without any variance between people are left out.
    """
    persons = group_sums(means, people) / np.bincount(people)[:, None]
    within = means - persons[people]
    spread = within.T @ within
    spread[np.diag_indices_from(spread)] += RIDGE * np.trace(spread) / len(spread) + 1e-12
    apart = persons[people] - means.mean(0)
    values, directions = scipy.linalg.eigh(apart.T @ apart, spread)
    kept = max(1, min(count, len(persons) - 1, int((values > 1e-10 * max(values[-1], 0.0)).sum())))
    leading = directions[:, ::-1][:, :kept]
    return np.asarray(leading / np.linalg.norm(leading, axis=0).max())


def shorten(columns: Matrix) -> Matrix:
    """Divide each column that is longer than 1 by its length."""
    return np.asarray(columns / np.maximum(1.0, np.linalg.norm(columns, axis=0)))


def _videos(videos: Any, people: Labels, views: Labels | None) -> tuple[Labels, Labels]:
    """Number the videos from 0, and give the first sample of each."""
    own = np.arange(len(people)) if videos is None else np.asarray(videos)
    if own.shape != people.shape:
        raise InputError(f"SI2DL needs one video for each of {len(people)} samples, not {own.shape}")
    first, clips = np.unique(own, return_index=True, return_inverse=True)[1:]
    if (people[first][clips] != people).any() or (views is not None and (views[first][clips] != views).any()):
        raise InputError("SI2DL: a video has samples of two people or of two cameras")
    return clips, first
