"""Caffe's solver as settings: momentum, weight decay, a learning rate that falls in steps."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import nn
from torch.optim import Optimizer

from resight.methods.base import Settings


class Solver(Settings):
    """Stochastic gradient descent with momentum.

    Attributes
    ----------
    iterations, batch : int
        Steps, and what each draws.
    lr, momentum, weight_decay : float
    step_at : int
        Steps after which the rate is multiplied by `gamma`, again and again.
    gamma : float
    bias_rate : float
        Multiplies the rate of biases; they and normalisation layers are not decayed.
    """

    iterations: int = Field(1000, ge=0)
    batch: int = Field(64, ge=1)
    lr: float = Field(0.01, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    weight_decay: float = Field(5e-4, ge=0)
    step_at: int = Field(400, ge=1)
    gamma: float = Field(0.1, gt=0, le=1)
    bias_rate: float = Field(1.0, gt=0)

    def optimiser(self, parameters: list[nn.Parameter]) -> Optimizer:
        """Make the optimiser of a network's parameters."""
        weights = {"params": [p for p in parameters if p.ndim > 1], "weight_decay": self.weight_decay}
        biases = {"params": [p for p in parameters if p.ndim <= 1], "lr": self.lr * self.bias_rate}
        return torch.optim.SGD([weights, biases], lr=self.lr, momentum=self.momentum)

    def factor(self, step: int) -> float:
        """Return what the learning rate is multiplied by at `step`, from 0."""
        return float(self.gamma ** (step // self.step_at))
