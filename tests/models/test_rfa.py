from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from resight.errors import InputError
from resight.models.c3d import parameter_count
from resight.models.rfa import RecurrentAggregation, last_states, training_bytes


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-x)))


def slow_states(network: RecurrentAggregation, sequence: NDArray[np.float64]) -> NDArray[np.float64]:
    """An LSTM by its equations: input, forget, cell and output gates, from a state of zeros."""
    weights = {name: p.detach().double().numpy() for name, p in network.lstm.named_parameters()}
    state = cell = np.zeros(network.config["hidden"])
    found = []
    for frame in sequence:
        gates = weights["weight_ih_l0"] @ frame + weights["weight_hh_l0"] @ state + weights["bias_ih_l0"]
        i, f, g, o = np.split(gates, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        state = sigmoid(o) * np.tanh(cell)
        found.append(state)
    return np.stack(found)


def test_the_hidden_states_are_those_of_the_equations() -> None:
    torch.manual_seed(0)
    network = RecurrentAggregation(7, 4, num_classes=3)
    for parameter in network.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter)
    sequences = torch.randn(2, 10, 7)
    states = network.states(sequences)
    for found, sequence in zip(states, sequences, strict=True):
        expected = slow_states(network, sequence.double().numpy())
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-4, atol=1e-6)
    assert torch.equal(last_states(states)[:, 4:8], states[:, 1])
    assert network(sequences).shape == (2, 10, 3)


def test_the_published_network() -> None:
    with torch.device("meta"):
        network = RecurrentAggregation(58_950, 512, num_classes=89)
        states = network.states(torch.zeros(1, 10, 58_950))
    assert last_states(states).shape == (1, 5_120)
    learned = 4 * 512 * (58_950 + 512 + 1) + 89 * 513
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == learned
    assert network.lstm.weight_ih_l0.numel() == 58_950 * 2_048
    # Weight, gradient and momentum, four bytes each.
    assert training_bytes(58_950, 512) == 12 * (learned - 89 * 513)


def test_weights_begin_as_caffes() -> None:
    torch.manual_seed(0)
    network = RecurrentAggregation(100, 32, num_classes=3)
    for name, parameter in network.named_parameters():
        values = parameter.detach()
        if "bias" in name:
            assert not values.any()
        else:
            assert 0.009 < float(values.abs().max()) <= 0.01
    assert not network.lstm.bias_hh_l0.requires_grad
    assert parameter_count(network) == 4 * 32 * (100 + 32 + 2) + 3 * 33


def test_wrong_sequences_are_refused() -> None:
    with pytest.raises(InputError, match="takes sequences"):
        RecurrentAggregation(7)(torch.zeros(2, 10, 8))
    with pytest.raises(InputError, match="at least 1"):
        RecurrentAggregation(0)
