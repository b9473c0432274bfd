"""Losses: softmax over all domains' people, and the batch-hard triplet loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def batch_hard_triplet(features: Tensor, labels: Tensor, margin: float | None = None) -> Tensor:
    """Pull the farthest clip of the same person closer than the nearest of another (Hermans et al. 2017, eq. 5).

    Parameters
    ----------
    features : float ``(B, D)``
    labels : int ``(B,)``
    margin : float or None
        Hinge margin on Euclidean distances; None takes the soft margin ``log(1 + exp(d_pos - d_neg))``.

    Returns
    -------
    scalar
        Mean over the clips that have both a positive and a negative in the batch; 0 where none has.
    """
    features = features.float()
    squared = features.pow(2).sum(1)
    distances = (squared[:, None] + squared[None, :] - 2 * features @ features.T).clamp_min(1e-6).sqrt()
    same = labels[:, None] == labels[None, :]
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    positive = distances.masked_fill(~same | itself, -torch.inf).amax(1)
    negative = distances.masked_fill(same, torch.inf).amin(1)
    usable = torch.isfinite(positive) & torch.isfinite(negative)
    if not bool(usable.any()):
        return features.sum() * 0
    gap = (positive - negative)[usable]
    return F.softplus(gap).mean() if margin is None else F.relu(gap + margin).mean()
