"""C3D (Tran et al., ICCV 2015): eight 3×3×3 convolutions, five poolings, three fully connected layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, overload

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resight.errors import InputError

CONVOLUTIONS = {
    "conv1a": 64,
    "conv2a": 128,
    "conv3a": 256,
    "conv3b": 256,
    "conv4a": 512,
    "conv4b": 512,
    "conv5a": 512,
    "conv5b": 512,
}
"""Names and full-width channels of the convolutions, in order."""
FULLY_CONNECTED = 4096
LAST_OF_STAGE = ("conv1a", "conv2a", "conv3b", "conv4b", "conv5b")


def scaled(channels: int, width: float) -> int:
    """Multiply a channel count by the width, to the nearest multiple of 8 and at least 8."""
    return max(8, round(channels * width / 8) * 8)


class Conv3d(nn.Conv3d):
    """A 3×3×3 convolution that pads time by hand where it sees two frames.

    With torch 2.13 on CPUs the weight gradient of a bf16 convolution padded in time is garbage at T = 2; padded by
    hand it is right, and the result is the same.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Convolve ``(B, C, T, H, W)``."""
        if input.shape[2] == 2 and self.kernel_size[0] == 3:
            padded = F.pad(input, (0, 0, 0, 0, 1, 1))
            return F.conv3d(padded, self.weight, self.bias, self.stride, (0, 1, 1), self.dilation, self.groups)
        return super().forward(input)


class SameLayoutGradient(torch.autograd.Function):
    """Identity whose gradient is laid out in memory like its input: pooling's is not, and slows all that follows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Pass `x` on."""
        ctx.channels_last = x.is_contiguous(memory_format=torch.channels_last_3d)
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        """Lay the gradient out as the input was."""
        (gradient,) = gradients
        return gradient.contiguous(memory_format=torch.channels_last_3d) if ctx.channels_last else gradient


def pooled_size(size: tuple[int, int, int], pool5: str) -> tuple[int, int, int]:
    """Return ``(T, H, W)`` after the five poolings.

    Raises
    ------
    InputError
        Where the input is too small for them, naming the pooling.
    """
    t, h, w = size
    for stage in range(1, 5):
        t, h, w = (t if stage == 1 else t // 2), h // 2, w // 2
        if min(t, h, w) < 1:
            raise InputError(
                f"an input of {size} (T, H, W) is too small for C3D's five poolings: pool{stage} has nothing left"
            )
    if pool5 == "caffe":
        return -(-t // 2), -(-h // 2), -(-w // 2)
    if t < 2:
        raise InputError(
            f"an input of {size} (T, H, W) is too small for C3D's five poolings: pool5 ('sym') needs two frames"
        )
    return t // 2, h // 2 + 1, w // 2 + 1


def strip_descriptors(response: Tensor, strips: int = 6) -> tuple[Tensor, Tensor]:
    """Describe a response ``(B, C, T, H, W)`` by its mean and its maximum in horizontal strips, averaged over time.

    Returns
    -------
    two floats ``(B, C · n)``
        n is `strips`, or the rows where there are fewer.
    """
    frame = response.mean(2)
    size = (min(strips, frame.shape[2]), 1)
    return F.adaptive_avg_pool2d(frame, size).flatten(1), F.adaptive_max_pool2d(frame, size).flatten(1)


class C3D(nn.Module):
    """C3D over clips ``(B, 3, T, H, W)``, BGR minus mean (the preprocessing is done outside).

    Parameters
    ----------
    num_classes : int
        Outputs of fc8, 487 for Sports-1M; 0 leaves fc8 out, and the network returns features.
    width : float
        Multiplies every channel count; 1.0 is the published network of 79,991,015 parameters.
    input_size : (T, H, W)
        Frames, height and width of a clip; sets the size of fc6.
    pool5 : {"caffe", "sym"}
        Caffe's window (rounded up, padded at the end) or that of PyTorch ports (padded at both sides): METHODS §1.1.
    norm : None or "batch"
        Batch normalisation after every layer but the last; small networks from random weights need it. Convolutions'
        biases are then not trained: the normalisation's own shift does their work.
    dropout : float
        After fc6 and fc7.
    temporal_kernel : {3, 1}
        1 gives the same network in 2-D, the fair control.
    paired : bool
        Whether stages 3 to 5 have two convolutions, as published; else the second alone, named as it is.

    Raises
    ------
    InputError
        Where the input is too small for five poolings.
    """

    def __init__(
        self,
        num_classes: int = 487,
        width: float = 1.0,
        input_size: tuple[int, int, int] = (16, 112, 112),
        pool5: Literal["caffe", "sym"] = "caffe",
        norm: Literal["batch"] | None = None,
        *,
        dropout: float = 0.5,
        temporal_kernel: Literal[3, 1] = 3,
        paired: bool = True,
    ) -> None:
        super().__init__()
        if pool5 not in ("caffe", "sym") or norm not in (None, "batch") or temporal_kernel not in (1, 3):
            raise InputError("C3D: pool5 is 'caffe' or 'sym', norm None or 'batch', temporal_kernel 3 or 1")
        if num_classes < 0 or width <= 0 or len(input_size) != 3:
            raise InputError("C3D: num_classes is at least 0, width above 0, input_size three numbers (T, H, W)")
        self.config: dict[str, Any] = {
            "num_classes": num_classes,
            "width": width,
            "input_size": list(input_size),
            "pool5": pool5,
            "norm": norm,
            "dropout": dropout,
            "temporal_kernel": temporal_kernel,
        } | ({} if paired else {"paired": False})
        self.convolutions = [name for name in CONVOLUTIONS if paired or name in LAST_OF_STAGE]
        self.input_size = (int(input_size[0]), int(input_size[1]), int(input_size[2]))
        t, h, w = pooled_size(self.input_size, pool5)
        kernel = (temporal_kernel, 3, 3)
        padding = (temporal_kernel // 2, 1, 1)
        channels = 3
        for name in self.convolutions:
            out = scaled(CONVOLUTIONS[name], width)
            convolution = Conv3d(channels, out, kernel, padding=padding)
            if norm and convolution.bias is not None:
                # Its gradient is zero, as normalisation takes the mean away; working that out is a sixth of a step.
                convolution.bias.requires_grad_(False)
            self.add_module(name, convolution)
            self.add_module(f"norm_{name}", nn.BatchNorm3d(out) if norm else nn.Identity())
            channels = out
        self.pools = nn.ModuleDict({"conv1a": nn.MaxPool3d((1, 2, 2))})
        for name in LAST_OF_STAGE[1:4]:
            self.pools[name] = nn.MaxPool3d(2)
        self.pools["conv5b"] = (
            nn.MaxPool3d(2, ceil_mode=True) if pool5 == "caffe" else nn.MaxPool3d(2, padding=(0, 1, 1))
        )
        self.feature_dim = scaled(FULLY_CONNECTED, width)
        self.fc6 = nn.Linear(channels * t * h * w, self.feature_dim)
        self.norm_fc6 = nn.BatchNorm1d(self.feature_dim) if norm else nn.Identity()
        self.fc7 = nn.Linear(self.feature_dim, self.feature_dim)
        self.norm_fc7 = nn.BatchNorm1d(self.feature_dim) if norm else nn.Identity()
        self.fc8: nn.Module = nn.Linear(self.feature_dim, num_classes) if num_classes else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self._initialise()

    def _initialise(self) -> None:
        """Caffe's Gaussians for the published network (METHODS §1.1), He's rule where there is normalisation."""
        published = self.config["norm"] is None
        for name, module in self.named_modules():
            if isinstance(module, (nn.Conv3d, nn.Linear)) and module.bias is not None:
                if not published:
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                    nn.init.zeros_(module.bias)
                    continue
                nn.init.normal_(module.weight, std=0.005 if name in ("fc6", "fc7") else 0.01)
                nn.init.constant_(module.bias, 0.0 if name in ("conv1a", "fc8") else 1.0)
        if isinstance(self.fc8, nn.Linear):
            nn.init.normal_(self.fc8.weight, std=0.01)

    def replace_classifier(self, num_classes: int) -> None:
        """Put a new, random fc8 of `num_classes` outputs in place of the old one."""
        classifier = nn.Linear(self.feature_dim, num_classes).to(self.fc7.weight)
        nn.init.normal_(classifier.weight, std=0.01)
        nn.init.zeros_(classifier.bias)
        self.config["num_classes"], self.fc8 = num_classes, classifier

    def set_dropout(self, dropout: float) -> None:
        """Drop another share of fc6 and fc7 in training."""
        self.config["dropout"] = self.dropout.p = dropout

    def responses(self, clips: Tensor, last: str = "conv5b") -> Tensor:
        """Return the pooled response of a convolution's stage, ``(B, C, T', H', W')``, up to the layer `last`."""
        for name, response in self._layers(clips):
            if name == last:
                return response
        raise InputError(f"C3D has no convolution {last!r}; there are {', '.join(CONVOLUTIONS)}")

    def _layers(self, clips: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Go through the convolutions: each name with its response, pooled where a stage ends, after its ReLU."""
        if clips.ndim != 5 or tuple(clips.shape[1:]) != (3, *self.input_size):
            wanted = ("B", 3, *self.input_size)
            raise InputError(f"this C3D takes clips {wanted} (B, C, T, H, W), not {tuple(clips.shape)}")
        x = clips
        for name in self.convolutions:
            x = self.get_submodule(f"norm_{name}")(self.get_submodule(name)(x))
            if name in self.pools:
                # Pooling before the ReLU gives the same numbers and leaves it an eighth of the work.
                x = self.pools[name](SameLayoutGradient.apply(x))  # type: ignore[no-untyped-call]
            x = F.relu(x)
            yield name, x

    def features(self, clips: Tensor, layer: str = "fc7", relu: bool = True) -> Tensor:
        """Return fc6 or fc7 of clips ``(B, 3, T, H, W)`` as ``(B, D)``, after its ReLU or before."""
        return self.features_by_stage(clips, (), layer, relu)[-1]

    def features_by_stage(
        self, clips: Tensor, stages: Sequence[str], layer: str = "fc7", relu: bool = True
    ) -> list[Tensor]:
        """Return what several depths of the network say of clips, from one pass.

        Parameters
        ----------
        clips : float ``(B, 3, T, H, W)``
        stages : sequence of str
            Of `LAST_OF_STAGE`: each gives two blocks (see `strip_descriptors`).
        layer, relu
            The fully connected layer that comes last, as in `features`.

        Returns
        -------
        list of float ``(B, d)``
            The stages' blocks in the network's order, then the fully connected layer.

        Raises
        ------
        InputError
            Where a stage or layer is unknown, or the clips have another shape than the network's input.
        """
        unknown = sorted(set(stages) - set(LAST_OF_STAGE))
        if unknown:
            raise InputError(f"C3D has no stage {unknown[0]!r}; there are {', '.join(LAST_OF_STAGE)}")
        if layer not in ("fc6", "fc7"):
            raise InputError(f"features come from fc6 or fc7, not {layer!r}")
        blocks: list[Tensor] = []
        for name, response in self._layers(clips):
            if name in stages:
                blocks.extend(strip_descriptors(response))
        x = self.norm_fc6(self.fc6(response.flatten(1)))
        if layer == "fc7":
            x = self.norm_fc7(self.fc7(self.dropout(F.relu(x))))
        return [*blocks, F.relu(x) if relu else x]

    @overload
    def forward(self, clips: Tensor, return_features: Literal[False] = False) -> Tensor: ...
    @overload
    def forward(self, clips: Tensor, return_features: Literal[True]) -> tuple[Tensor, Tensor]: ...
    def forward(self, clips: Tensor, return_features: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Return logits ``(B, num_classes)``; with `return_features` also fc7 after its ReLU, ``(B, D)``."""
        features = self.features(clips)
        logits = self.fc8(self.dropout(features))
        return (logits, features) if return_features else logits


def parameter_count(network: nn.Module) -> int:
    """Count a network's trainable numbers."""
    return sum(p.numel() for p in network.parameters())


def build_c3d(config: dict[str, Any]) -> C3D:
    """Make a C3D from its `config`."""
    return C3D(**{**config, "input_size": tuple(config["input_size"])})


__all__ = [
    "C3D",
    "CONVOLUTIONS",
    "LAST_OF_STAGE",
    "Conv3d",
    "build_c3d",
    "parameter_count",
    "pooled_size",
    "strip_descriptors",
]
