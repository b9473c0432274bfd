"""ASTPN: RCN with a spatial pyramid and attention over time that a pair shares (Xu et al., ICCV 2017; METHODS §6)."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resight.errors import InputError
from resight.models.rcn import RCN

Mode = Literal["cnn-rnn", "spatial", "temporal", "spatial_temporal"]
MODES: tuple[Mode, ...] = ("cnn-rnn", "spatial", "temporal", "spatial_temporal")
BINS = (8, 4, 2, 1)


class SpatialPyramid(nn.Module):
    """Max pooling into 8×8, 4×4, 2×2 and 1×1 bins, laid in a row: ``(B, C, H, W)`` → ``(B, 85 C)``."""

    def forward(self, responses: Tensor) -> Tensor:
        """Return the pooled responses; 32 channels give 2,720 numbers."""
        return torch.cat([F.adaptive_max_pool2d(responses, bins).flatten(1) for bins in BINS], 1)


def attentive_pooling(first: Tensor, second: Tensor, similarity: Tensor) -> tuple[Tensor, Tensor]:
    """Pool two sequences over time, each step weighted by its best match in the other sequence.

    A = tanh(P U Gᵀ); the weights are the softmax of A's largest value in each row, and in each column.

    Parameters
    ----------
    first, second : Tensor ``(B, T, D)``, ``(B, S, D)``
        P and G; their lengths may differ.
    similarity : Tensor ``(D, D)``
        U.

    Returns
    -------
    Tensor, Tensor ``(B, D)``
    """
    scores = first @ similarity @ second.transpose(1, 2)
    # The largest value is taken before tanh, which never falls: the same numbers for a fraction of the work.
    of_first = torch.softmax(torch.tanh(scores.amax(2)), 1)
    of_second = torch.softmax(torch.tanh(scores.amax(1)), 1)
    return (of_first[:, None] @ first)[:, 0], (of_second[:, None] @ second)[:, 0]


class ASTPN(RCN):
    """ASTPN with its classifier of training people.

    Parameters
    ----------
    num_classes : int
        Training people; 0 leaves the classifier out.
    mode : str
        ``cnn-rnn`` is RCN, ``spatial`` has the pyramid, ``temporal`` the attention, ``spatial_temporal`` both.
    features : int
        D, of a step and of a sequence.
    dropout : float
        Before the linear layer and in the recurrence.

    Raises
    ------
    InputError
        Where the mode is unknown.
    """

    def __init__(
        self, num_classes: int = 0, mode: Mode = "spatial_temporal", features: int = 128, dropout: float = 0.6
    ) -> None:
        if mode not in MODES:
            raise InputError(f"ASTPN has no mode {mode!r}; there are {', '.join(MODES)}")
        last = SpatialPyramid() if mode in ("spatial", "spatial_temporal") else None
        super().__init__(num_classes, 5, features, dropout, last)
        self.config |= {"mode": mode}
        self.similarity: nn.Parameter | None = None
        if mode in ("temporal", "spatial_temporal"):
            self.similarity = nn.Parameter(torch.empty(features, features).uniform_(-1 / features, 1 / features))
        self.pairwise = self.similarity is not None

    def pool(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Make of the steps of pairs a vector each, ``(B, D)``, by attention or the mean over time."""
        if self.similarity is None:
            return super().pool(first, second)
        return attentive_pooling(first, second, self.similarity)
