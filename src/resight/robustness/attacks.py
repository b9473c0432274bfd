"""Attacks on a clip network's feature: FGSM, PGD, and random signs of the same size beside them (METHODS §14).

There are no classes at test time, so what is attacked is the distance: away from where the feature was, or from a true
match towards another person. The whole probe sequence is changed jointly, each pixel by no more than epsilon.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from resight.errors import InputError
from resight.robustness.embedding import Distance, Embedding

Loss = Callable[[Tensor], Tensor]
"""A feature ``(D,)`` → what the attack raises."""
Way = Literal["fgsm", "pgd", "random"]
EPSILONS = (1 / 255, 2 / 255, 4 / 255, 8 / 255)
"""Largest changes of a pixel, in [0, 1] (METHODS §14)."""


@dataclass(frozen=True)
class Attack:
    """How frames are attacked.

    Attributes
    ----------
    way : {"fgsm", "pgd", "random"}
        ``fgsm``: one step of the gradient's sign from the clean frames. ``pgd``: `steps` of them from a random start,
        brought back into the box after each. ``random``: signs drawn at random, the baseline of the same norm.
    epsilon : float
        Largest change of a pixel's channel, in [0, 1].
    steps : int
        Of PGD.
    step_size : float or None
        Of PGD; None takes a quarter of epsilon.
    random_start : bool
        Begin at x + U(-ε, ε): where FGSM takes its gradient, and where PGD starts. Needed by a loss that has no slope
        at the clean frames.
    """

    way: Way = "pgd"
    epsilon: float = 4 / 255
    steps: int = 10
    step_size: float | None = None
    random_start: bool = True

    def __post_init__(self) -> None:
        if self.way not in get_args(Way) or not 0 <= self.epsilon <= 1 or self.steps < 1:
            raise InputError("an attack is 'fgsm', 'pgd' or 'random', of an epsilon in [0, 1], of one step or more")

    def __call__(self, embedding: Embedding, loss: Loss, generator: torch.Generator) -> Tensor:
        """Return attacked frames ``(n, H, W, 3)`` in [0, 1].

        Parameters
        ----------
        embedding : Embedding
            Holds the clean frames.
        loss : callable
            Raised by the attack; see `push_away` and `towards_another`.
        generator : torch.Generator
            On the CPU. Same state, same frames.
        """
        clean, epsilon = embedding.frames, self.epsilon
        drawn = torch.rand(clean.shape, generator=generator).to(clean.device)
        if self.way == "random":
            return _clip(clean + epsilon * torch.where(drawn < 0.5, -1.0, 1.0))
        found = _clip(clean + epsilon * (2 * drawn - 1)) if self.random_start else clean
        if self.way == "fgsm":
            return _clip(clean + epsilon * _slope(embedding, loss, found).sign())
        size = epsilon / 4 if self.step_size is None else self.step_size
        for _ in range(self.steps):
            moved = found + size * _slope(embedding, loss, found).sign()
            found = _clip(torch.minimum(torch.maximum(moved, clean - epsilon), clean + epsilon))
        return found


def push_away(distance: Distance, clean: Tensor) -> Loss:
    """Loss (a): the distance from the clean feature ``(D,)``. Its gradient is 0 there, so a random start is needed."""
    return lambda feature: distance(feature, clean[None]).sum()


def towards_another(distance: Distance, right: Tensor, wrong: Tensor) -> Loss:
    """Loss (b): the distance from a true match ``(D,)`` less that from another person ``(D,)``."""
    both = torch.stack([right, wrong])

    def loss(feature: Tensor) -> Tensor:
        found = distance(feature, both)
        return found[0] - found[1]

    return loss


def _slope(embedding: Embedding, loss: Loss, frames: Tensor) -> Tensor:
    """Return the gradient of the loss by the frames."""
    variables = frames.detach().requires_grad_()
    with torch.enable_grad():
        value = loss(embedding(variables))
    (slope,) = torch.autograd.grad(value, variables)
    return slope


def _clip(frames: Tensor) -> Tensor:
    return frames.clamp(0, 1)
