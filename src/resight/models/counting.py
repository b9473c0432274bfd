"""How much a network has learned."""

from __future__ import annotations

from torch import nn

CLASSIFIERS = ("classifier.", "fc8.")
"""Where networks keep the names of their training people."""


def learned_numbers(network: nn.Module) -> int:
    """Count what a network has learned, without the classifier of training people, which matching does not use."""
    return sum(p.numel() for name, p in network.named_parameters() if not name.startswith(CLASSIFIERS))
