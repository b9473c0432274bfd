from __future__ import annotations

import pytest
import torch
from torch import Tensor

from resight.models import C3D


def random_network(pool5: str = "caffe", num_classes: int = 5, width: float = 1 / 8) -> C3D:
    """A C3D whose every weight matters to its output."""
    torch.manual_seed(1)
    network = C3D(num_classes, width, pool5=pool5)
    for name, parameter in network.named_parameters():
        if name.endswith("weight"):
            torch.nn.init.kaiming_normal_(parameter)
        else:
            torch.nn.init.normal_(parameter, std=0.1)
    return network.eval()


@pytest.fixture(scope="session")
def network() -> C3D:
    return random_network()


@pytest.fixture(scope="session")
def clip() -> Tensor:
    return torch.randn(1, 3, 16, 112, 112, generator=torch.Generator().manual_seed(2))
