from __future__ import annotations

import pytest
import torch

from resight.training.losses import CentreLoss, batch_hard_triplet, in_one_point


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


def test_features_in_one_point_are_known_by_the_margin() -> None:
    torch.manual_seed(0)
    point = torch.ones(16, 8)
    assert in_one_point(point) and in_one_point(point + 1e-3 * torch.randn(16, 8), 0.3)
    assert not in_one_point(point + 1e-3 * torch.randn(16, 8), 0.01)
    one_away = point.clone()
    one_away[3] += 0.1
    assert not in_one_point(one_away, 0.3)


def test_without_triplets_the_loss_is_zero_and_has_a_gradient() -> None:
    features = torch.randn(3, 4, requires_grad=True)
    loss = batch_hard_triplet(features, torch.tensor([0, 0, 0]))
    loss.backward()
    assert loss.item() == 0.0 and features.grad is not None


def test_triplets_are_measured_in_full_precision_under_autocast() -> None:
    torch.manual_seed(1)
    features, labels = 10 + torch.randn(8, 64), torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    with torch.autocast("cpu", torch.bfloat16):
        found = batch_hard_triplet(features, labels)
    assert float(found) == pytest.approx(float(batch_hard_triplet(features, labels)), abs=1e-6)


def slow_centres(
    batches: list[tuple[torch.Tensor, torch.Tensor]], rate: float
) -> tuple[list[float], dict[int, torch.Tensor]]:
    """The rule of Wen et al., person by person; the loss of each batch, and the last centres."""
    centres: dict[int, torch.Tensor] = {}
    losses = []
    for features, labels in batches:
        for person in sorted(set(labels.tolist()) - set(centres)):
            centres[person] = features[labels == person].mean(0)
        losses.append(
            sum(float((f - centres[int(p)]).square().sum()) / 2 for f, p in zip(features, labels, strict=True))
        )
        losses[-1] /= len(labels)
        for person in set(labels.tolist()):
            own = features[labels == person]
            centres[person] = centres[person] - rate * (centres[person] - own).sum(0) / (1 + len(own))
    return losses, centres


def test_the_centre_loss_and_its_centres_are_their_definition() -> None:
    torch.manual_seed(2)
    batches = [(torch.randn(6, 4), torch.randint(0, 3, (6,))) for _ in range(5)]
    losses, centres = slow_centres(batches, 0.5)
    loss = CentreLoss(4, 4, 0.5).train()
    assert [float(loss(*batch)) for batch in batches] == pytest.approx(losses, rel=1e-5)
    for person, centre in centres.items():
        assert torch.allclose(loss.centres[person], centre, atol=1e-6)
    assert loss.seen.tolist() == [person in centres for person in range(4)]
    kept = {name: value.clone() for name, value in loss.state_dict().items()}
    assert set(kept) == {"centres", "seen"}
    loss.eval()(*batches[0])
    assert all(torch.equal(kept[name], value) for name, value in loss.state_dict().items())


def test_the_centre_loss_pulls_features_to_their_centre() -> None:
    torch.manual_seed(3)
    loss = CentreLoss(2, 3).train()
    labels = torch.tensor([0, 0, 1, 1, 1])
    loss(torch.randn(5, 3), labels)
    features, before = torch.randn(5, 3, requires_grad=True), loss.centres.clone()
    loss(features, labels).backward()
    assert features.grad is not None
    assert torch.allclose(features.grad, (features - before[labels]).detach() / 5, atol=1e-6)
