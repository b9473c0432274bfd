"""Losses beside the softmax over all domains' people: batch-hard triplets, and distances from each person's centre."""

from __future__ import annotations

import torch
import torch.distributed
import torch.nn.functional as F
from torch import Tensor, nn


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
    with torch.autocast(features.device.type, enabled=False):  # in bf16 the difference of squares would be noise
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


def in_one_point(features: Tensor, margin: float | None = None) -> bool:
    """Whether features ``(B, D)`` all lie so close together that a triplet loss can no longer pull them apart.

    Closer to their mean than a twentieth of the margin (of 0.3 where it is soft): the loss then stands at its margin,
    and its gradient cancels out. Batch-hard triplets fall into that where the rate is too high for what they start from
    (Hermans et al. 2017).
    """
    points = features.detach().float()
    reach = (points - points.mean(0)).norm(dim=1).max()
    return float(reach) < 0.05 * (0.3 if margin is None else margin)


class CentreLoss(nn.Module):
    """Pulls each clip's feature towards the centre of its person's (Wen et al., ECCV 2016, eq. 2–4).

    Centres follow the features by the publication's own rule, not by the optimiser: after each batch in training, those
    of its people move by `rate` times the sum of differences over one more than their number. They are buffers, so a
    checkpoint holds them. A centre begins at the mean of its person's first batch, where the publication leaves the
    beginning open; from the origin it would pull the features there. Where several devices share a batch, centres
    follow all of it.

    Parameters
    ----------
    classes : int
        Training people.
    dim : int
        Of the features.
    rate : float
        α, 0 to 1.
    """

    centres: Tensor
    seen: Tensor

    def __init__(self, classes: int, dim: int, rate: float = 0.5) -> None:
        super().__init__()
        self.rate = rate
        self.register_buffer("centres", torch.zeros(classes, dim))
        self.register_buffer("seen", torch.zeros(classes, dtype=torch.bool))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return half the mean squared distance of features ``(B, D)`` from the centres of labels ``(B,)``.

        The publication sums over the batch; its code, and this, take the mean.
        """
        features = features.float()
        if not self.training:
            return 0.5 * (features - self.centres[labels]).pow(2).sum(1).mean()
        with torch.no_grad(), torch.autocast(features.device.type, enabled=False):
            members = F.one_hot(labels, len(self.centres)).to(features.dtype)
            counts, sums = (_over_devices(part) for part in (members.sum(0)[:, None], members.T @ features.detach()))
            new = (counts > 0) & ~self.seen[:, None]
            before = torch.where(new, sums / counts.clamp_min(1), self.centres)
            self.seen |= counts[:, 0] > 0
            self.centres.copy_(before - self.rate * (counts * before - sums) / (1 + counts))
        return 0.5 * (features - before[labels]).pow(2).sum(1).mean()


def _over_devices(part: Tensor) -> Tensor:
    """Add up the parts of all devices that train together."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(part)
    return part
