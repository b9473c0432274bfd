"""The layers of a C3D with what goes in and comes out, read from the network's own modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from resight.models.c3d import C3D, CONVOLUTIONS, parameter_count


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes
    ----------
    name : str
    kernel : tuple of int
        Of a convolution, over (T, H, W); empty for a fully connected layer.
    output : tuple of int
        Before pooling: (C, T, H, W), or (D,).
    pooled_by : tuple of int
        Window of the pooling after it, over (T, H, W); empty where there is none.
    parameters : int
        Learned numbers, those of its normalisation among them.
    """

    name: str
    kernel: tuple[int, ...]
    output: tuple[int, ...]
    pooled_by: tuple[int, ...]
    parameters: int


def layers(network: C3D) -> list[Layer]:
    """List the layers in order; nothing is computed, so that the network may be on torch's ``meta`` device."""
    size: tuple[int, ...] = network.input_size
    found = []
    for name in CONVOLUTIONS:
        convolution: Any = network.get_submodule(name)
        window: tuple[int, ...] = ()
        output = (int(convolution.out_channels), *size)
        if name in network.pools:
            pool: Any = network.pools[name]
            window, size = _triple(pool.kernel_size), pooled(size, pool)
        found.append(Layer(name, tuple(convolution.kernel_size), output, window, _count(network, name)))
    for name in ("fc6", "fc7", *(["fc8"] if network.config["num_classes"] else [])):
        linear: Any = network.get_submodule(name)
        found.append(Layer(name, (), (int(linear.out_features),), (), _count(network, name)))
    return found


def pooled(size: tuple[int, ...], pool: Any) -> tuple[int, ...]:
    """Return what a pooling whose stride is its window makes of ``(T, H, W)``."""
    windows, padding = _triple(pool.kernel_size), _triple(pool.padding)
    up = 1 if pool.ceil_mode else 0
    return tuple((n + 2 * p + up * (k - 1)) // k for n, k, p in zip(size, windows, padding, strict=True))


def _count(network: C3D, name: str) -> int:
    norm: nn.Module = network.get_submodule(f"norm_{name}") if name != "fc8" else nn.Identity()
    return parameter_count(network.get_submodule(name)) + parameter_count(norm)


def _triple(size: Any) -> tuple[int, ...]:
    return (size, size, size) if isinstance(size, int) else tuple(size)
