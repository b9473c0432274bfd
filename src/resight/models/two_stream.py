"""Two Siamese streams, one for colour and one for motion (Chung et al., ICCV 2017; METHODS §7)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from resight.errors import InputError
from resight.models.rcn import RCN

COLOURS = 3
"""The first channels of the input; the rest is motion."""


class TwoStream(nn.Module):
    """RCN over colour and RCN over motion, with no weight in common, and one classifier over both vectors.

    Parameters
    ----------
    num_classes : int
        Training people; 0 leaves the classifier out.
    weights : (float, float)
        Of the colours' distance and of the motion's.
    features : int
        D, of a stream.
    dropout : float
    """

    pairwise = False

    def __init__(
        self,
        num_classes: int = 0,
        weights: tuple[float, float] = (2.0, 1.0),
        features: int = 128,
        dropout: float = 0.6,
    ) -> None:
        super().__init__()
        self.config: dict[str, Any] = {
            "num_classes": num_classes,
            "weights": list(weights),
            "features": features,
            "dropout": dropout,
        }
        self.weights = (float(weights[0]), float(weights[1]))
        self.spatial = RCN(0, COLOURS, features, dropout)
        self.temporal = RCN(0, 2, features, dropout)
        self.classifier: nn.Module = nn.Linear(2 * features, num_classes) if num_classes else nn.Identity()

    def steps(self, sequences: Tensor) -> Tensor:
        """Return both streams' outputs at every frame of ``(B, T, 5, 56, 40)``, side by side: ``(B, T, 2 D)``."""
        if sequences.ndim != 5 or sequences.shape[2] != COLOURS + 2:
            raise InputError(f"this network takes sequences of {COLOURS + 2} channels, not {tuple(sequences.shape)}")
        colour, motion = sequences[:, :, :COLOURS], sequences[:, :, COLOURS:]
        return torch.cat([self.spatial.steps(colour), self.temporal.steps(motion)], 2)

    def pool(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Make of the steps of pairs a vector each, ``(B, 2 D)``: the mean over time."""
        return first.mean(1), second.mean(1)

    def distances(self, first: Tensor, second: Tensor) -> Tensor:
        """Return each stream's Euclidean distances ``(…, 2)`` of vectors ``(…, 2 D)``."""
        apart = first - second
        norms: Tensor = torch.linalg.vector_norm(apart.reshape(*apart.shape[:-1], 2, -1), dim=-1)
        return norms

    def classify(self, vectors: Tensor) -> Tensor:
        """Return logits of the training people, ``(B, num_classes)``."""
        logits: Tensor = self.classifier(vectors)
        return logits
