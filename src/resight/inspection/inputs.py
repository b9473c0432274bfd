"""What all ways to look inside share: frames made the network's input, and a network held still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from resight.clips import Preprocessing
from resight.errors import InputError
from resight.frames import Frames
from resight.models.c3d import C3D


def network_input(network: C3D, frames: Frames, preprocessing: Preprocessing) -> Tensor:
    """Turn one clip into the network's input.

    Parameters
    ----------
    network : C3D
    frames : uint8 RGB ``(T, H, W, 3)``
        As many as the network takes, of any size.
    preprocessing : Preprocessing
        As the network was trained; the centre is cut out, as in testing.

    Returns
    -------
    float32 ``(1, 3, T, h, w)``, on the network's device

    Raises
    ------
    InputError
        Where the frames are not RGB, or not as many as the network takes.
    """
    wanted = network.input_size[0]
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8 or len(frames) != wanted:
        raise InputError(
            f"a clip of {wanted} frames is looked at, uint8 RGB (T, H, W, 3), not {frames.dtype} {frames.shape}"
        )
    clip = torch.from_numpy(np.ascontiguousarray(preprocessing.centre(frames)))[None]
    return preprocessing.normalise(clip.to(network.fc7.weight.device))


@contextmanager
def held_still(network: C3D) -> Iterator[None]:
    """Put a network into evaluation mode, its weights out of the gradient, and leave it as it was."""
    training = network.training
    wanted = [p.requires_grad for p in network.parameters()]
    network.eval().requires_grad_(False)
    try:
        yield
    finally:
        network.train(training)
        for parameter, flag in zip(network.parameters(), wanted, strict=True):
            parameter.requires_grad_(flag)


def logit(network: C3D, inputs: Tensor, target: int) -> Tensor:
    """Return the unnormalised fc8 output of a class for one clip, a number."""
    classes = int(network.config["num_classes"])
    if not 0 <= target < classes:
        raise InputError(
            f"the network has classes 0 to {classes - 1}, not {target}" if classes else "the network has no fc8"
        )
    found: Tensor = network(inputs)[0, target]
    return found
