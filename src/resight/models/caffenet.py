"""CaffeNet (Jia et al. 2014): AlexNet with pooling before normalisation, the frame network of IDE (METHODS §8)."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, overload

import torch.nn.functional as F
from torch import Tensor, nn

from resight.errors import InputError
from resight.models.c3d import scaled


class Convolution(NamedTuple):
    """A convolution: channels at full width, kernel, stride, padding, groups, whether it is pooled, Caffe's bias."""

    channels: int
    kernel: int
    stride: int
    padding: int
    groups: int
    pooled: bool
    bias: float


CONVOLUTIONS = {
    "conv1": Convolution(96, 11, 4, 0, 1, True, 0.0),
    "conv2": Convolution(256, 5, 1, 2, 2, True, 1.0),
    "conv3": Convolution(384, 3, 1, 1, 1, False, 0.0),
    "conv4": Convolution(384, 3, 1, 1, 2, False, 1.0),
    "conv5": Convolution(256, 3, 1, 1, 2, True, 1.0),
}
"""Names and shapes of the convolutions, in order."""
LRN = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1.0}
"""Local response normalisation across channels; alpha is divided by the size, as Caffe does."""
NORMALISED = ("conv1", "conv2")


def pooled_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return ``(H, W)`` of what fc6 sees of an input ``(H, W)``.

    Raises
    ------
    InputError
        Where the input is too small for the three poolings.
    """
    found = []
    for length in size:
        for shape in CONVOLUTIONS.values():
            length = (length + 2 * shape.padding - shape.kernel) // shape.stride + 1
            if shape.pooled:
                length = -(-(length - 3) // 2) + 1 if length >= 3 else 0
            if length < 1:
                raise InputError(f"an input of {size} (H, W) is too small for CaffeNet's three poolings")
        found.append(length)
    return found[0], found[1]


class CaffeNet(nn.Module):
    """CaffeNet over frames ``(B, 3, H, W)``, BGR minus mean (the preprocessing is done outside).

    Parameters
    ----------
    num_classes : int
        Outputs of fc8; 0 leaves it out, and the network returns features.
    width : float
        Multiplies the channels of the convolutions.
    input_size : (H, W)
        227×227 is the published one, with 9,216 inputs of fc6.
    features : int
        Units of fc6 and of fc7: 4,096 for ImageNet, 1,024 for MARS.
    norm : {"lrn", "batch"}
        Caffe's response normalisation after the first two poolings, or batch normalisation after every layer but the
        last: small networks from random weights need it.
    dropout : float
        After fc6 and fc7.

    Raises
    ------
    InputError
        Where an option is out of range or the input too small.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        width: float = 1.0,
        input_size: tuple[int, int] = (227, 227),
        features: int = 4096,
        norm: Literal["lrn", "batch"] = "lrn",
        *,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if norm not in ("lrn", "batch"):
            raise InputError("CaffeNet: norm is 'lrn' or 'batch'")
        if num_classes < 0 or width <= 0 or features < 1 or len(input_size) != 2:
            raise InputError(
                "CaffeNet: num_classes is at least 0, width above 0, features at least 1, input_size two numbers (H, W)"
            )
        self.config: dict[str, Any] = {
            "num_classes": num_classes,
            "width": width,
            "input_size": list(input_size),
            "features": features,
            "norm": norm,
            "dropout": dropout,
        }
        self.input_size = (int(input_size[0]), int(input_size[1]))
        rows, columns = pooled_size(self.input_size)
        batch = norm == "batch"
        channels = 3
        for name, shape in CONVOLUTIONS.items():
            out = scaled(shape.channels, width)
            layer = nn.Conv2d(channels, out, shape.kernel, shape.stride, shape.padding, groups=shape.groups)
            self.add_module(name, layer)
            self.add_module(f"norm_{name}", nn.BatchNorm2d(out) if batch else nn.Identity())
            channels = out
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.lrn: nn.Module = nn.Identity() if batch else nn.LocalResponseNorm(**LRN)  # type: ignore[arg-type]
        self.feature_dim = features
        self.fc6 = nn.Linear(channels * rows * columns, features)
        self.norm_fc6 = nn.BatchNorm1d(features) if batch else nn.Identity()
        self.fc7 = nn.Linear(features, features)
        self.norm_fc7 = nn.BatchNorm1d(features) if batch else nn.Identity()
        self.fc8: nn.Module = nn.Linear(features, num_classes) if num_classes else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self._initialise()

    def _initialise(self) -> None:
        """Caffe's Gaussians for the published network, He's rule where there is batch normalisation."""
        biases = {name: shape.bias for name, shape in CONVOLUTIONS.items()} | {"fc6": 1.0, "fc7": 1.0}
        for name, module in self.named_modules():
            if not isinstance(module, (nn.Conv2d, nn.Linear)) or module.bias is None:
                continue
            if name == "fc8":
                nn.init.normal_(module.weight, std=0.01)
                nn.init.zeros_(module.bias)
            elif self.config["norm"] == "batch":
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
            else:
                nn.init.normal_(module.weight, std=0.005 if name in ("fc6", "fc7") else 0.01)
                nn.init.constant_(module.bias, biases[name])

    def responses(self, frames: Tensor) -> Tensor:
        """Return the pooled response of conv5, ``(B, C, H', W')``.

        Raises
        ------
        InputError
            Where the frames have another shape than the network's input.
        """
        if frames.ndim != 4 or tuple(frames.shape[1:]) != (3, *self.input_size):
            wanted = ("B", 3, *self.input_size)
            raise InputError(f"this CaffeNet takes frames {wanted} (B, C, H, W), not {tuple(frames.shape)}")
        x = frames
        for name, shape in CONVOLUTIONS.items():
            x = self.get_submodule(f"norm_{name}")(self.get_submodule(name)(x))
            # Pooling before the ReLU gives the same numbers and leaves it a quarter of the work.
            x = F.relu(self.pool(x) if shape.pooled else x)
            if name in NORMALISED:
                x = self.lrn(x)
        return x

    def features(self, frames: Tensor) -> Tensor:
        """Return fc7 after its ReLU of frames ``(B, 3, H, W)``, as ``(B, D)``."""
        x = self.dropout(F.relu(self.norm_fc6(self.fc6(self.responses(frames).flatten(1)))))
        return F.relu(self.norm_fc7(self.fc7(x)))

    @overload
    def forward(self, frames: Tensor, return_features: Literal[False] = False) -> Tensor: ...
    @overload
    def forward(self, frames: Tensor, return_features: Literal[True]) -> tuple[Tensor, Tensor]: ...
    def forward(self, frames: Tensor, return_features: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Return logits ``(B, num_classes)``; with `return_features` also fc7 after its ReLU, ``(B, D)``."""
        features = self.features(frames)
        logits = self.fc8(self.dropout(features))
        return (logits, features) if return_features else logits


def build_caffenet(config: dict[str, Any]) -> CaffeNet:
    """Make a CaffeNet from its `config`."""
    return CaffeNet(**{**config, "input_size": tuple(config["input_size"])})
