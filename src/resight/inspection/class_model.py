"""Class models: the clip that a class's output answers to most strongly (Simonyan et al. 2014; METHODS §13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from resight.clips import Preprocessing
from resight.errors import InputError
from resight.frames import Frames
from resight.inspection.inputs import held_still, logit
from resight.models.c3d import C3D

Step = Literal["plain", "normalised"]


@dataclass(frozen=True, eq=False)
class ClassModel:
    """A class's own clip.

    Attributes
    ----------
    frames : uint8 RGB ``(T, h, w, 3)``
        The clip with the mean added back, cut to 0–255.
    pattern : float32 ``(T, h, w, 3)``
        The same in the network's own units, channels in the network's order, not cut.
    scores : float64 ``(steps + 1,)``
        The class's fc8 output before each step and after the last, without the penalties.
    """

    frames: Frames
    pattern: NDArray[np.float32]
    scores: NDArray[np.float64]


def class_model(
    network: C3D,
    target: int,
    preprocessing: Preprocessing,
    *,
    steps: int = 300,
    rate: float = 1.0,
    decay: float = 1e-3,
    step: Step = "plain",
    jitter: int = 0,
    blur: float = 0.0,
    smoothness: float = 0.0,
    seed: int = 0,
) -> ClassModel:
    """Climb from the empty clip to ``argmax_I S_c(I) - decay · ‖I‖²``, S_c the unnormalised output of fc8.

    Parameters
    ----------
    network : C3D
        Left as it was.
    target : int
        Class, from 0.
    preprocessing : Preprocessing
        As the network was trained: what is added back to see the clip.
    steps, rate : int, float
        Of gradient ascent.
    decay : float
        λ.
    step : {"plain", "normalised"}
        The gradient as it is, which is the method; or brought to a root mean square of 1, so that `rate` is in the
        input's units and networks of any scale can be looked at (then the clip goes on moving by `rate`). Small
        networks on normalised input have gradients of 1e-3 and less: plain steps of rate 1 leave the clip grey.
    jitter : int
        Each step sees the clip moved by up to so many pixels, the same for all frames. Not in the paper.
    blur : float
        Standard deviation in pixels of a Gaussian laid over each frame after every step; 0 leaves it out. Not in the
        paper.
    smoothness : float
        Weight of the total variation over time, ``Σ |I_{t+1} - I_t|``. Not in the paper.
    seed : int
        Of the jitter.

    Returns
    -------
    ClassModel
        The same bits for the same arguments on one machine.

    Raises
    ------
    InputError
        Where there is no such class, a number makes no sense, the empty clip has no gradient, or the clip runs off
        to infinity.
    """
    if steps < 1 or rate <= 0 or min(decay, jitter, blur, smoothness) < 0 or step not in ("plain", "normalised"):
        raise InputError("a class model needs a step or more and a rate above 0; nothing else may be negative")
    rng = np.random.default_rng(seed)
    device = network.fc7.weight.device
    clip = torch.zeros(1, 3, *network.input_size, device=device)
    scores: list[float] = []
    with held_still(network):
        for _ in range(steps):
            clip.requires_grad_(True)
            down, right = (int(move) for move in rng.integers(-jitter, jitter + 1, 2))
            score = logit(network, torch.roll(clip, (down, right), (3, 4)), target)
            worth = score - decay * clip.square().sum()
            if smoothness:
                worth = worth - smoothness * (clip[:, :, 1:] - clip[:, :, :-1]).abs().sum()
            (gradient,) = torch.autograd.grad(worth, clip)
            if not scores and not bool(gradient.any()):
                raise InputError("the empty clip sways nothing in this network: it has no biases, as before training")
            scores.append(float(score.detach()))
            if step == "normalised":
                gradient = gradient / gradient.square().mean().sqrt().clamp_min(1e-12)
            clip = clip.detach() + rate * gradient
            if blur:
                clip = blurred(clip, blur)
        with torch.inference_mode():
            scores.append(float(logit(network, clip, target)))
    if not np.isfinite(scores).all() or not bool(torch.isfinite(clip).all()):
        raise InputError("the class model ran off to infinity: lower its rate, or its decay where 2 · rate · decay > 1")
    pattern = clip[0].permute(1, 2, 3, 0).cpu().numpy().astype(np.float32)
    return ClassModel(as_frames(pattern, preprocessing), pattern, np.array(scores))


def as_frames(pattern: NDArray[np.float32], preprocessing: Preprocessing) -> Frames:
    """Undo the normalisation of a clip ``(T, h, w, 3)``: add the mean, cut to 0–255, and put the channels to RGB."""
    values = pattern * np.array(preprocessing.std, np.float32) + np.array(preprocessing.mean, np.float32)
    frames = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(frames[..., ::-1] if preprocessing.channels == "bgr" else frames)


def blurred(clip: Tensor, sigma: float) -> Tensor:
    """Blur each frame of ``(1, 3, T, h, w)`` by a Gaussian, the border repeated outwards."""
    reach = max(1, int(np.ceil(3 * sigma)))
    places = torch.arange(-reach, reach + 1, dtype=clip.dtype, device=clip.device)
    weights = torch.exp(-0.5 * (places / sigma) ** 2)
    weights = weights / weights.sum()
    pictures = clip.transpose(1, 2).reshape(-1, 1, *clip.shape[3:])
    padded = F.pad(pictures, (reach, reach, reach, reach), mode="replicate")
    rows = F.conv2d(padded, weights[None, None, :, None])
    both = F.conv2d(rows, weights[None, None, None, :])
    return both.reshape(1, clip.shape[2], 3, *clip.shape[3:]).transpose(1, 2).contiguous()
