"""What a convolution answers to a clip: maps of its most active channels (METHODS §13; the paper's figure 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from resight.clips import Preprocessing
from resight.errors import InputError
from resight.frames import Frames
from resight.inspection.inputs import held_still, network_input
from resight.models.c3d import C3D, CONVOLUTIONS


@dataclass(frozen=True, eq=False)
class Responses:
    """Activation maps of one layer.

    Attributes
    ----------
    layer : str
    maps : float32 ``(k, h, w)``
        After the ReLU and before the pooling, the most active channel first; 0 or more.
    channels : int64 ``(k,)``
        Numbers of the channels shown, from 0.
    energy : float64 ``(C,)``
        Of every channel of the layer: mean square over time and place.
    """

    layer: str
    maps: NDArray[np.float32]
    channels: NDArray[np.int64]
    energy: NDArray[np.float64]


def layer_responses(
    network: C3D,
    frames: Frames,
    preprocessing: Preprocessing,
    layer: str = "conv1a",
    *,
    over_time: Literal["middle", "mean"] = "middle",
    top: int = 16,
) -> Responses:
    """Return the maps of the channels of most energy.

    Parameters
    ----------
    network : C3D
        Left as it was.
    frames : uint8 RGB ``(T, H, W, 3)``
        One clip, of any size.
    preprocessing : Preprocessing
        As the network was trained.
    layer : str
        A convolution.
    over_time : {"middle", "mean"}
        The map of the middle frame, or the mean over time.
    top : int
        Channels shown; all, where the layer has fewer.

    Raises
    ------
    InputError
        Where the frames do not fit, or the layer is unknown.
    """
    if layer not in CONVOLUTIONS or over_time not in ("middle", "mean") or top < 1:
        raise InputError(
            f"responses are of {', '.join(CONVOLUTIONS)}, in the 'middle' or the 'mean' of time, of one channel or more"
        )
    inputs = network_input(network, frames, preprocessing)
    seen: list[Tensor] = []

    def keep(module: nn.Module, given: tuple[Tensor, ...], response: Tensor) -> None:
        seen.append(response)

    hook = network.get_submodule(f"norm_{layer}").register_forward_hook(keep)
    try:
        with held_still(network), torch.inference_mode():
            network.responses(inputs, last=layer)
    finally:
        hook.remove()
    response = seen[0][0].relu().cpu().numpy()
    energy = np.square(response, dtype=np.float64).mean(axis=(1, 2, 3))
    channels = np.argsort(-energy, kind="stable")[:top]
    shown = response[channels]
    maps = shown[:, shown.shape[1] // 2] if over_time == "middle" else shown.mean(axis=1)
    return Responses(layer, np.asarray(maps, dtype=np.float32), channels.astype(np.int64), energy)
