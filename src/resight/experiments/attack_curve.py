"""Rank-1 under attacks on the embedding, with random signs of the same norm beside them (METHODS §14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from resight.datasets import Split
from resight.errors import RecipeError
from resight.experiments.curve_points import Point, point
from resight.experiments.noise_curve import Subject
from resight.experiments.scoring import NO_FEATURES, Entry, SplitFeatures, score
from resight.features.clips import ClipExtractor
from resight.features.extract import Matrix, extract_features
from resight.progress import Progress
from resight.robustness.attacks import EPSILONS, Attack, push_away, towards_another
from resight.robustness.changed import stream
from resight.robustness.embedding import Embedding, differentiable

Goal = Literal["push-away", "towards-another"]
WAYS = {"fgsm": "FGSM", "pgd": "PGD", "random": "random signs"}


def change_name(way: str, goal: Goal = "push-away") -> str:
    """Name an attack as its points do."""
    return WAYS[way] + ("" if way == "random" else f", {goal}")


def attack_curve(
    subject: Subject,
    attack: Attack,
    goal: Goal = "push-away",
    epsilons: Sequence[float] = EPSILONS,
    seed: int = 0,
    console: Console | None = None,
) -> list[Point]:
    """Attack every probe of a split with each epsilon, once for each metric, through that metric.

    Parameters
    ----------
    subject : Subject
        Its extractor is a `ClipExtractor`; its metrics are of the forms that `differentiable` takes.
    attack : Attack
        Its epsilon is replaced.
    goal : {"push-away", "towards-another"}
        Away from the clean feature; or from the nearest true match towards the nearest other person. No part in random
        signs.
    epsilons : sequence of float
        In [0, 1].
    seed : int
        Of random starts and signs; each probe has a stream of its own.
    console : Console or None
        For progress.

    Raises
    ------
    RecipeError
        Where the method is no clip network, or the split pools several tracklets into one query.
    InputError
        Where a metric cannot be differentiated.
    """
    extractor, split = subject.extractor, subject.split
    if not isinstance(extractor, ClipExtractor):
        raise RecipeError(f"{extractor.name} is no clip network, so it has no gradient: put noise on it, or transfer")
    if split.multiple_query or goal not in get_args(Goal):
        raise RecipeError("an attack changes one probe sequence at a time, with goal 'push-away' or 'towards-another'")
    clean, gallery = (extract_features(extractor, part, subject.store) for part in (split.query, split.gallery))
    change = change_name(attack.way, goal)
    points = []
    with Progress(console, "attacked sets of probes") as progress:
        total = len(subject.metrics) * len(epsilons)
        for name, metric in subject.metrics.items():
            entry = Entry(subject.domain, split, extractor.name, "", name, split.seed or 0, subject.synthetic)
            for epsilon in (0.0, *epsilons):
                rows = clean
                if epsilon > 0:
                    way = Attack(attack.way, epsilon, attack.steps, attack.step_size, attack.random_start)
                    rows = attacked_features(extractor, split, clean, gallery, metric, way, goal, seed)
                features = SplitFeatures(NO_FEATURES, rows, gallery, split.train)
                points.append(point(*score(entry, metric, features), change, "probe", epsilon, seed))
                progress.tell(len([p for p in points if p.level > 0]), total)
    return points


def attacked_features(
    extractor: ClipExtractor,
    split: Split,
    clean: Matrix,
    gallery: Matrix,
    metric: Any,
    attack: Attack,
    goal: Goal,
    seed: int,
) -> Matrix:
    """Return the features ``(n_query, D)`` of attacked probes; a probe without a true match stays as it is.

    `clean` and `gallery` are the features of the split's query and gallery tracklets.
    """
    distance = differentiable(metric)
    right, wrong = _targets(split, np.asarray(metric.distance(clean, gallery)))
    known = torch.from_numpy(gallery)
    found = clean.copy()
    for i, tracklet in enumerate(split.query):
        if right[i] < 0 or wrong[i] < 0:
            continue
        embedding = Embedding(extractor, tracklet)
        device = embedding.frames.device
        draw = torch.Generator().manual_seed(int(stream(seed, tracklet.key).integers(2**62)))
        if goal == "push-away":
            with torch.no_grad():
                loss = push_away(distance, embedding(embedding.frames))
        else:
            loss = towards_another(distance, known[right[i]].to(device), known[wrong[i]].to(device))
        frames = attack(embedding, loss, draw)
        with torch.no_grad():
            found[i] = embedding(frames).cpu().numpy()
    return found


def _targets(split: Split, distance: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each query's nearest true match in another camera and its nearest other person; -1 where there is none."""
    query, gallery = split.query, split.gallery
    same = query.persons[:, None] == gallery.persons[None]
    true = same & (query.cameras[:, None] != gallery.cameras[None])
    other = ~same & (gallery.persons >= 0)[None]
    nearest = [np.where(allowed, distance, np.inf).argmin(1) for allowed in (true, other)]
    chosen = [np.where(allowed.any(1), near, -1) for allowed, near in zip((true, other), nearest, strict=True)]
    return chosen[0], chosen[1]
