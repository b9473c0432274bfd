"""Frame features pooled over a clip, by mean or by learned attention, before one classifier."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from resight.errors import InputError
from resight.models.caffenet import CaffeNet, build_caffenet


class FramePooling(nn.Module):
    """A frame network whose features are averaged over a clip, with weights alike or learned.

    Parameters
    ----------
    trunk : CaffeNet
        Without a classifier; its fc7 is the frame's feature.
    num_classes : int
        Outputs of the classifier on the pooled feature.
    pooling : {"mean", "attention"}
        Attention scores each frame's feature by ``w · tanh(V f)`` and takes the softmax over the clip's frames as
        weights (Gao & Nevatia 2018, without their convolutions). The scores begin at 0: at first it is the mean.
    units : int
        Rows of V.
    dropout : float
        Before the classifier.
    """

    def __init__(
        self,
        trunk: CaffeNet,
        num_classes: int,
        pooling: Literal["mean", "attention"] = "mean",
        units: int = 128,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if pooling not in ("mean", "attention") or min(num_classes, units) < 1 or trunk.config["num_classes"]:
            raise InputError(
                "FramePooling: pooling is 'mean' or 'attention', num_classes and units are at least 1, "
                "and the trunk has no classifier"
            )
        self.config: dict[str, Any] = {
            "trunk": trunk.config,
            "num_classes": num_classes,
            "pooling": pooling,
            "units": units,
            "dropout": dropout,
        }
        self.trunk = trunk
        self.score: nn.Module | None = None
        if pooling == "attention":
            last = nn.Linear(units, 1, bias=False)  # a bias would add the same to every score
            nn.init.zeros_(last.weight)
            self.score = nn.Sequential(nn.Linear(trunk.feature_dim, units), nn.Tanh(), last)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(trunk.feature_dim, num_classes)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)

    def features(self, frames: Tensor) -> Tensor:
        """Return the features of frames ``(B, 3, H, W)``, each alone, as ``(B, D)``."""
        return self.trunk.features(frames)

    def weights(self, features: Tensor) -> Tensor:
        """Return the weight of every frame, ``(…, T)``, summing to 1, for features ``(…, T, D)``."""
        if self.score is None:
            return torch.full(features.shape[:-1], 1 / features.shape[-2], device=features.device)
        scores: Tensor = self.score(features)
        return scores.squeeze(-1).softmax(-1)

    def pool(self, features: Tensor) -> Tensor:
        """Average features ``(…, T, D)`` over their frames: ``(…, D)``."""
        return (self.weights(features)[..., None] * features).sum(-2)

    def forward(self, clips: Tensor) -> Tensor:
        """Return logits ``(B, num_classes)`` of clips ``(B, 3, T, H, W)``."""
        frames = clips.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        features = self.features(frames).reshape(len(clips), clips.shape[2], -1)
        logits: Tensor = self.classifier(self.dropout(self.pool(features)))
        return logits


def build_frame_pooling(config: dict[str, Any]) -> FramePooling:
    """Make a FramePooling from its `config`."""
    return FramePooling(build_caffenet(config["trunk"]), **{k: v for k, v in config.items() if k != "trunk"})
