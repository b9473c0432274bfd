from __future__ import annotations

import pytest
import torch

from resight.training.losses import batch_hard_triplet


def slow(features: torch.Tensor, labels: torch.Tensor, margin: float) -> float:
    """The loss by its definition, one anchor after the other."""
    total = []
    for i in range(len(labels)):
        same = [(features[i] - features[j]).norm() for j in range(len(labels)) if j != i and labels[j] == labels[i]]
        other = [(features[i] - features[j]).norm() for j in range(len(labels)) if labels[j] != labels[i]]
        if same and other:
            total.append(max(0.0, float(max(same) - min(other)) + margin))
    return sum(total) / len(total)


def test_batch_hard_triplet_is_its_definition() -> None:
    torch.manual_seed(0)
    features, labels = torch.randn(12, 5), torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4])
    assert float(batch_hard_triplet(features, labels, 0.3)) == pytest.approx(slow(features, labels, 0.3), abs=1e-5)


def test_soft_margin_by_hand_and_its_gradient() -> None:
    features = torch.tensor([[0.0], [1.0], [3.0], [5.0]], dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 0, 1, 1])
    gaps = torch.tensor([1.0 - 3.0, 1.0 - 2.0, 2.0 - 2.0, 2.0 - 4.0])
    expected = torch.log1p(gaps.exp()).mean()
    assert float(batch_hard_triplet(features, labels).detach()) == pytest.approx(float(expected), abs=1e-5)


def test_without_triplets_the_loss_is_zero_and_has_a_gradient() -> None:
    features = torch.randn(3, 4, requires_grad=True)
    loss = batch_hard_triplet(features, torch.tensor([0, 0, 0]))
    loss.backward()
    assert loss.item() == 0.0 and features.grad is not None
