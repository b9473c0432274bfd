"""Where networks run: on the GPU where there is one."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)
READERS = 2
"""Threads that read ahead at least: one decodes while the other waits for the disk."""


def on_device(network: Network) -> Network:
    """Move a network to the GPU where there is one, and return it."""
    return network.to("cuda") if torch.cuda.is_available() else network


def readers() -> int:
    """Return how many threads may read frames: as many as this process computes with, and at least two."""
    return max(READERS, torch.get_num_threads())
