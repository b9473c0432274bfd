"""What every reader of foreign weight files hands on: the tensors under Resight's names, and how the network is fed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from resight.clips import SPORTS1M_MEAN_BGR

Shape = tuple[int, ...]
Channels = Literal["bgr", "rgb"]
Fc6Order = Literal["chw", "hwc"]
Pool5 = Literal["caffe", "sym"]

FOREIGN_LAYERS = {"conv1": "conv1a", "conv2": "conv2a"}
"""Layers that DavideA's port and the Keras one name otherwise than Caffe, whose names Resight keeps."""


@dataclass(frozen=True)
class Source:
    """A weight file that has been read.

    Attributes
    ----------
    format : str
        In words, for the reader of a report.
    shapes : dict
        The file's own tensors by its own names.
    tensors : dict
        The same under the names and axes of `resight.models.C3D`; one that has no place there keeps its own name.
    channels : {"bgr", "rgb"}
        Order of the input's channels.
    mean : three floats
        What is subtracted from the input, 0–255, in the order of `channels`.
    pool5 : {"caffe", "sym"}
        The window that the weights were trained with (METHODS §1.1).
    notes : tuple of str
        Whatever a user should know.
    """

    format: str
    shapes: dict[str, Shape]
    tensors: dict[str, Tensor]
    channels: Channels = "bgr"
    mean: tuple[float, float, float] = SPORTS1M_MEAN_BGR
    pool5: Pool5 = "caffe"
    notes: tuple[str, ...] = field(default=())
