"""RFA's network (Yan et al., ECCV 2016): an LSTM over frame descriptors, identities at every step (METHODS §9)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from resight.errors import InputError

RANGE = 0.01
"""Half-width of the uniform distribution that weights begin from."""


class RecurrentAggregation(nn.Module):
    """An LSTM over sequences ``(B, T, D)`` of frame descriptors, with a classifier at every step.

    Parameters
    ----------
    inputs : int
        Dimensions of a frame's descriptor, 58,950 for the published one.
    hidden : int
        Units of the LSTM.
    num_classes : int
        Outputs of the classifier; 0 leaves it out, and the network returns its hidden states.
    dropout : float
        Between the hidden state and the classifier.

    Notes
    -----
    Standard gates without peepholes; weights from U(−0.01, 0.01), biases 0, the state 0 before the first frame, as
    Caffe's LSTM layer. torch keeps two biases a gate where Caffe keeps one; they are added, so the second is held at
    0 and not trained.
    """

    def __init__(self, inputs: int, hidden: int = 512, num_classes: int = 0, dropout: float = 0.5) -> None:
        super().__init__()
        if min(inputs, hidden) < 1 or num_classes < 0:
            raise InputError("RFA: inputs and hidden are at least 1, num_classes at least 0")
        self.config: dict[str, Any] = {
            "inputs": inputs,
            "hidden": hidden,
            "num_classes": num_classes,
            "dropout": dropout,
        }
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.classifier: nn.Module = nn.Linear(hidden, num_classes) if num_classes else nn.Identity()
        for name, parameter in self.named_parameters():
            if "bias" in name:
                nn.init.zeros_(parameter)
            else:
                nn.init.uniform_(parameter, -RANGE, RANGE)
        self.lstm.bias_hh_l0.requires_grad_(False)

    def states(self, sequences: Tensor) -> Tensor:
        """Return the hidden state of every step, ``(B, T, hidden)``, of sequences ``(B, T, inputs)``.

        Raises
        ------
        InputError
            Where the descriptors have another length than the network's input.
        """
        if sequences.ndim != 3 or sequences.shape[2] != self.lstm.input_size:
            wanted = ("B", "T", self.lstm.input_size)
            raise InputError(f"this LSTM takes sequences {wanted}, not {tuple(sequences.shape)}")
        states: Tensor = self.lstm(sequences)[0]
        return states

    def forward(self, sequences: Tensor) -> Tensor:
        """Return logits of every step, ``(B, T, num_classes)``."""
        logits: Tensor = self.classifier(self.dropout(self.states(sequences)))
        return logits


def training_bytes(inputs: int, hidden: int) -> int:
    """Bytes that the LSTM's float32 weights take in training by momentum: weight, gradient, momentum."""
    return 3 * 4 * 4 * hidden * (inputs + hidden + 1)


def last_states(states: Tensor) -> Tensor:
    """Lay the hidden states ``(B, T, hidden)`` in a row: ``(B, T · hidden)``, 5,120 for ten steps of 512."""
    return torch.flatten(states, 1)
