"""The loss of a recurrent Siamese network on pairs of sequences (METHODS §5)."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Form = Literal["code", "paper"]
Pairs = tuple[Tensor, Tensor]
"""Sequences ``(P, 2, T, C, H, W)`` and the labels of both, ``(P, 2)``."""


class Siamese(Protocol):
    """What the networks have in common; see `resight.models.rcn.RCN`."""

    config: dict[str, Any]
    pairwise: bool
    weights: tuple[float, ...]

    def steps(self, sequences: Tensor) -> Tensor:
        """Return ``(B, T, D)`` of ``(B, T, C, H, W)``."""
        ...

    def pool(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Make of the steps of pairs a vector each."""
        ...

    def distances(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the distances of vectors, one a stream."""
        ...

    def classify(self, vectors: Tensor) -> Tensor:
        """Return logits of the training people."""
        ...


def contrastive(distance: Tensor, same: Tensor, margin: float, form: Form = "code") -> Tensor:
    """Draw pairs of one person together and push others at least a margin apart.

    Parameters
    ----------
    distance : Tensor ``(P, …)``
        Euclidean distances D, not squared.
    same : bool Tensor
        Of a shape that broadcasts with it.
    margin : float
        m.
    form : {"code", "paper"}
        The authors' code has D and max(0, m − D); the paper has half the squares of these.

    Returns
    -------
    Tensor ``(P, …)``
    """
    apart = torch.clamp(margin - distance, min=0)
    if form == "paper":
        return torch.where(same, distance.square(), apart.square()) / 2
    return torch.where(same, distance, apart)


def pair_loss(network: nn.Module, pairs: Pairs, margin: float, form: Form = "code") -> Tensor:
    """Return the mean over pairs of: contrastive losses of the streams, by weight, and both identities' likelihoods.

    Parameters
    ----------
    network : nn.Module
        A `Siamese`.
    pairs : Pairs
    margin, form
        See `contrastive`.

    Returns
    -------
    Tensor ``()``
    """
    siamese: Siamese = network  # type: ignore[assignment]
    sequences, labels = pairs
    steps = siamese.steps(sequences.flatten(0, 1))
    steps = steps.reshape(*sequences.shape[:2], *steps.shape[1:])
    first, second = siamese.pool(steps[:, 0], steps[:, 1])
    distances = siamese.distances(first, second)
    same = (labels[:, 0] == labels[:, 1])[:, None]
    weights = torch.tensor(siamese.weights, dtype=distances.dtype, device=distances.device)
    verification = (contrastive(distances, same, margin, form) * weights).sum(1).mean()
    identity = F.cross_entropy(siamese.classify(first), labels[:, 0])
    return verification + identity + F.cross_entropy(siamese.classify(second), labels[:, 1])
