"""RCN: a CNN over frames and a recurrent layer, pooled over time (McLaughlin et al., CVPR 2016; METHODS §5)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from resight.errors import InputError

CROP = (56, 40)
"""Height and width of the input."""
FILTERS = (16, 32, 32)


class FrameNetwork(nn.Module):
    """Three convolutions of 5×5 with tanh and max pooling, then a linear layer: ``(B, C, 56, 40)`` → ``(B, D)``.

    Parameters
    ----------
    channels : int
        Input channels: colour and flow together are 5.
    features : int
        Outputs D.
    dropout : float
        Before the linear layer.
    last : nn.Module or None
        What pools the third convolution's response ``(B, 32, 21, 17)`` to ``(B, anything)``; None for a max pooling
        of 2×2, which leaves 2,560 numbers.
    """

    def __init__(self, channels: int, features: int = 128, dropout: float = 0.6, last: nn.Module | None = None) -> None:
        super().__init__()
        first, second, third = FILTERS
        self.conv1 = nn.Conv2d(channels, first, 5, padding=4)
        self.conv2 = nn.Conv2d(first, second, 5, padding=4)
        self.conv3 = nn.Conv2d(second, third, 5, padding=4)
        self.pool = nn.MaxPool2d(2)
        self.last = nn.Sequential(nn.MaxPool2d(2), nn.Flatten()) if last is None else last
        self.dropout = nn.Dropout(dropout)
        inputs = self.last(torch.zeros(1, third, 21, 17)).shape[1]
        self.fc = nn.Linear(inputs, features)

    def forward(self, frames: Tensor) -> Tensor:
        """Return features ``(B, D)`` of frames ``(B, C, 56, 40)``."""
        # Pooling before tanh gives the same numbers, for tanh never falls, and leaves it a quarter of the work.
        x = torch.tanh(self.pool(self.conv1(frames)))
        x = torch.tanh(self.pool(self.conv2(x)))
        x = torch.tanh(self.last(self.conv3(x)))
        features: Tensor = self.fc(self.dropout(x))
        return features


class RCN(nn.Module):
    """RCN with its classifier of training people.

    A Siamese network: `steps` is run on both sequences of a pair with the same weights, `pool` makes a vector of each,
    and `distances` compares them.

    Parameters
    ----------
    num_classes : int
        Training people; 0 leaves the classifier out.
    channels : int
        Of the input.
    features : int
        D, of a step and of a sequence.
    dropout : float
        Before the linear layer and in the recurrence.
    last : nn.Module or None
        See `FrameNetwork`.
    """

    pairwise = False
    """Whether a sequence's vector depends on the sequence that it is compared with."""
    weights: tuple[float, ...] = (1.0,)
    """What each of the distances counts."""

    def __init__(
        self,
        num_classes: int = 0,
        channels: int = 5,
        features: int = 128,
        dropout: float = 0.6,
        last: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.config: dict[str, Any] = {
            "num_classes": num_classes,
            "channels": channels,
            "features": features,
            "dropout": dropout,
        }
        self.channels = channels
        self.frame = FrameNetwork(channels, features, dropout, last)
        self.recurrent = nn.Linear(features, features)
        self.dropout = nn.Dropout(dropout)
        bound = features**-0.5
        self.start = nn.Parameter(torch.empty(features).uniform_(-bound, bound))
        self.classifier: nn.Module = nn.Linear(features, num_classes) if num_classes else nn.Identity()

    def steps(self, sequences: Tensor) -> Tensor:
        """Return the recurrent layer's output at every frame.

        Each frame first loses its mean over all channels; then o_1 = CNN(x_1) + b_1 and
        o_t = CNN(x_t) + W dropout(tanh(o_{t−1})) + b.

        Parameters
        ----------
        sequences : Tensor ``(B, T, C, 56, 40)``

        Returns
        -------
        Tensor ``(B, T, D)``

        Raises
        ------
        InputError
            Where the sequences have another shape than the network's input.
        """
        if sequences.ndim != 5 or tuple(sequences.shape[2:]) != (self.channels, *CROP):
            wanted = ("B", "T", self.channels, *CROP)
            raise InputError(f"this network takes sequences {wanted}, not {tuple(sequences.shape)}")
        centred = sequences.to(self.start.dtype)
        centred = centred - centred.mean((2, 3, 4), keepdim=True)
        frames = self.frame(centred.flatten(0, 1)).reshape(*sequences.shape[:2], -1)
        state = frames[:, 0] + self.start
        states = [state]
        for t in range(1, frames.shape[1]):
            state = frames[:, t] + self.recurrent(self.dropout(torch.tanh(state)))
            states.append(state)
        return torch.stack(states, 1)

    def pool(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Make of the steps ``(B, T, D)`` and ``(B, S, D)`` of pairs a vector each, ``(B, D)``: the mean over time."""
        return first.mean(1), second.mean(1)

    def distances(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the distances ``(…, 1)`` of vectors ``(…, D)``: Euclid's, not squared."""
        apart: Tensor = torch.linalg.vector_norm(first - second, dim=-1, keepdim=True)
        return apart

    def classify(self, vectors: Tensor) -> Tensor:
        """Return logits of the training people, ``(B, num_classes)``."""
        logits: Tensor = self.classifier(vectors)
        return logits
