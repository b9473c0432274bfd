"""A frame network in ONNX as a method: each frame on its own, the mean over frames, L2-normalised."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from resight.errors import ResightError, WeightsError
from resight.features.extract import Matrix
from resight.frames import Frames, resize_frame
from resight.tracklets import Tracklet, TrackletSet

log = logging.getLogger(__name__)


class FrameInput(BaseModel):
    """How frames become the network's input; stands in ``FILE.yaml`` beside ``FILE``.

    Attributes
    ----------
    channels : {"bgr", "rgb"}
    scale : float
        Multiplies the 0–255 values first.
    mean, std : three floats
        Subtracted and divided by after that, in the order of `channels`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: Literal["bgr", "rgb"] = "bgr"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


class OnnxExtractor:
    """Runs a frame network from an ONNX file; size and layout come from its input.

    Parameters
    ----------
    path : Path
        With one image input, ``(N, 3, H, W)`` or ``(N, H, W, 3)``, and a feature a frame as first output.
    batch : int
        Frames at a time, where the network's first axis is free.

    Raises
    ------
    WeightsError
        Where the file is missing, no network, or its input is no image.
    ResightError
        Where ONNX Runtime is not installed.
    """

    def __init__(self, path: Path, batch: int = 32) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ResightError('onnx: methods need ONNX Runtime: pip install "resight[onnx]"') from error
        if not path.is_file():
            raise WeightsError(f"{path}: no such network")
        try:
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises its own family, which has no public base
            raise WeightsError(f"{path}: not an ONNX network ({str(error).splitlines()[0]})") from error
        self.name = path.stem
        self._digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self._input = self._session.get_inputs()[0]
        self.channels_last, self.size = _image_layout(self._input.shape, path)
        self.batch = batch if not isinstance(self._input.shape[0], int) else int(self._input.shape[0])
        self.settings = _settings(path)

    def key(self) -> dict[str, Any]:
        """Return the file's digest and how frames are prepared."""
        return {"onnx": self.name, "weights": self._digest, "input": self.settings.model_dump(mode="json")}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, D)``."""
        return np.stack([self._one(tracklet) for tracklet in tracklets])

    def _one(self, tracklet: Tracklet) -> NDArray[np.float32]:
        inputs = self._prepare(tracklet.load())
        total: NDArray[np.float64] | None = None
        for start in range(0, len(inputs), self.batch):
            part = inputs[start : start + self.batch]
            missing = self.batch - len(part) if isinstance(self._input.shape[0], int) else 0
            padded = np.concatenate([part, np.repeat(part[-1:], missing, 0)]) if missing else part
            output = self._session.run(None, {self._input.name: padded})[0]
            rows = np.asarray(output, dtype=np.float64).reshape(len(padded), -1)[: len(part)].sum(0)
            total = rows if total is None else total + rows
        assert total is not None
        return np.asarray(total / max(1e-12, float(np.linalg.norm(total))), dtype=np.float32)

    def _prepare(self, frames: Frames) -> NDArray[np.float32]:
        values = np.stack([resize_frame(frame, self.size) for frame in frames]).astype(np.float32)
        if self.settings.channels == "bgr":
            values = values[..., ::-1]
        mean, std = (np.array(v, dtype=np.float32) for v in (self.settings.mean, self.settings.std))
        values = (values * np.float32(self.settings.scale) - mean) / std
        return np.ascontiguousarray(values if self.channels_last else values.transpose(0, 3, 1, 2))


def _image_layout(shape: list[Any], path: Path) -> tuple[bool, tuple[int, int]]:
    """Return whether channels come last, and ``(H, W)``."""
    if len(shape) == 4 and shape[3] == 3 and all(isinstance(n, int) for n in shape[1:3]):
        return True, (shape[1], shape[2])
    if len(shape) == 4 and shape[1] == 3 and all(isinstance(n, int) for n in shape[2:]):
        return False, (shape[2], shape[3])
    raise WeightsError(f"{path}: its input {shape} is no picture of fixed size, (N, 3, H, W) or (N, H, W, 3)")


def _settings(path: Path) -> FrameInput:
    beside = path.with_name(path.name + ".yaml")
    if not beside.is_file():
        log.warning("%s: no %s beside it, so frames go in as raw BGR, 0-255", path.name, beside.name)
        return FrameInput()
    try:
        return FrameInput.model_validate(yaml.safe_load(beside.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise WeightsError(f"{beside}: {' '.join(str(error).split())}") from error
