"""Saliency: how much each pixel of each frame sways a class or a match (Simonyan et al. 2014; METHODS §13)."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from resight.clips import Preprocessing
from resight.errors import InputError
from resight.frames import Frames
from resight.inspection.inputs import held_still, logit, network_input
from resight.models.c3d import C3D

Maps = NDArray[np.float32]
Likeness = Literal["cosine", "euclidean"]


def class_saliency(network: C3D, frames: Frames, target: int, preprocessing: Preprocessing) -> Maps:
    """Return how strongly each pixel sways a class's unnormalised output.

    Parameters
    ----------
    network : C3D
        Left as it was.
    frames : uint8 RGB ``(T, H, W, 3)``
        One clip, of any size.
    target : int
        Class, from 0.
    preprocessing : Preprocessing
        As the network was trained.

    Returns
    -------
    float32 ``(T, h, w)``
        Largest absolute gradient over the channels, at the network's input size, divided by the largest of the whole
        clip: 0 to 1, so that frames compare. All 0 where nothing sways it.

    Raises
    ------
    InputError
        Where the frames or the class do not fit the network.
    """
    inputs = network_input(network, frames, preprocessing).requires_grad_(True)
    with held_still(network):
        return _maps(logit(network, inputs, target), inputs)


def retrieval_saliency(
    network: C3D,
    frames: Frames,
    feature: ArrayLike,
    preprocessing: Preprocessing,
    *,
    likeness: Likeness = "cosine",
    layer: str = "fc7",
) -> Maps:
    """Return how strongly each pixel sways the likeness of a clip to a gallery feature.

    Parameters
    ----------
    network, frames, preprocessing
        As for `class_saliency`.
    feature : ``(D,)``
        Of the gallery tracklet, as the same layer gives it.
    likeness : {"cosine", "euclidean"}
        The cosine, or minus the squared distance of the two as they are. Both are at their top, so without a gradient,
        where the clip is the gallery's own.
    layer : str
        ``fc6`` or ``fc7``, after its ReLU.

    Returns
    -------
    float32 ``(T, h, w)``
        As `class_saliency` gives it.

    Raises
    ------
    InputError
        Where something does not fit the network.
    """
    inputs = network_input(network, frames, preprocessing).requires_grad_(True)
    wanted = torch.as_tensor(np.asarray(feature, np.float32), device=inputs.device)
    if likeness not in ("cosine", "euclidean"):
        raise InputError(f"likeness is 'cosine' or 'euclidean', not {likeness!r}")
    if wanted.shape != (network.feature_dim,):
        raise InputError(f"the network's features have shape ({network.feature_dim},), not {tuple(wanted.shape)}")
    with held_still(network):
        own = network.features(inputs, layer)[0]
        if likeness == "cosine":
            score = torch.nn.functional.cosine_similarity(own, wanted, dim=0)
        else:
            score = -(own - wanted).square().sum()
        return _maps(score, inputs)


def onto_frames(maps: Maps, preprocessing: Preprocessing, size: tuple[int, int]) -> Maps:
    """Lay maps back onto the frames that the clip was cut from.

    Parameters
    ----------
    maps : float32 ``(T, h, w)``
        At the network's input size.
    preprocessing : Preprocessing
        Whose resizing and crop are undone; what the crop cut off was not seen, and is 0.
    size : (H, W)
        Of the frames.

    Returns
    -------
    float32 ``(T, H, W)``
    """
    top, left = (margin // 2 for margin in preprocessing.margins)
    whole = np.zeros((len(maps), *preprocessing.canvas), np.float32)
    whole[:, top : top + maps.shape[1], left : left + maps.shape[2]] = maps
    return np.stack([cv2.resize(m, size[::-1], interpolation=cv2.INTER_LINEAR) for m in whole]).astype(np.float32)


def _maps(score: Tensor, inputs: Tensor) -> Maps:
    (gradient,) = torch.autograd.grad(score, inputs)
    strength = gradient[0].abs().amax(0)
    top = strength.max()
    return np.asarray((strength / top if top > 0 else strength).cpu().numpy(), dtype=np.float32)
