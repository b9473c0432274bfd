"""Features of a 3D-CNN: the mean over a tracklet's clips, L2-normalised (METHODS §1.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from resight.clips import Preprocessing, Sampling
from resight.errors import DataError
from resight.features.extract import Matrix
from resight.frames import Frames
from resight.precision import resolve_precision
from resight.tracklets import Tracklet, TrackletSet


@dataclass
class ClipExtractor:
    """Runs a network over the clips of each tracklet.

    Attributes
    ----------
    name : str
        The method's name in results.
    network : nn.Module
        Float ``(B, 3, T, H, W)`` → ``(B, D)``; for a C3D, give a `layer`.
    preprocessing, sampling
        As the network was trained.
    layer : str or None
        ``fc6`` or ``fc7``: calls ``network.features(x, layer=…, relu=…)``; None calls the network itself.
    relu : bool
        Take the layer after its ReLU.
    mirror : bool
        Average each clip's feature with that of its mirror image.
    batch : int
        Clips at a time.
    precision : {"auto", "bf16", "fp32"}
        Of the forward pass; features are float32.
    info : dict
        What stood beside the weights: people seen, test sets that they belong to.
    """

    name: str
    network: nn.Module
    preprocessing: Preprocessing
    sampling: Sampling
    layer: str | None = "fc7"
    relu: bool = True
    mirror: bool = False
    batch: int = 16
    precision: str = "auto"
    info: dict[str, Any] = field(default_factory=dict)
    _digest: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        self._digest = digest_weights(self.network)
        self.precision = resolve_precision(self.precision)

    def key(self) -> dict[str, Any]:
        """Return model, digest of the weights, preprocessing, sampling and layer."""
        return {
            "network": type(self.network).__qualname__,
            "weights": self._digest,
            "preprocessing": self.preprocessing.model_dump(mode="json"),
            "sampling": vars(self.sampling),
            "layer": [self.layer, self.relu, self.mirror],
            "precision": self.precision,
        }

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, D)``: clip features averaged, then L2-normalised."""
        was_training = self.network.training
        self.network.eval()
        sums: Tensor | None = None
        counts = torch.zeros(len(tracklets))
        with torch.inference_mode():
            for owners, clips in self._batches(tracklets):
                features = self._forward(clips)
                if sums is None:
                    sums = torch.zeros(len(tracklets), features.shape[1])
                sums.index_add_(0, owners, features)
                counts.index_add_(0, owners, torch.ones(len(owners)))
        self.network.train(was_training)
        if sums is None:
            raise DataError("there are no tracklets to extract features from")
        means = sums / counts[:, None]
        return np.asarray(nn.functional.normalize(means, dim=1).numpy(), dtype=np.float32)

    def _forward(self, clips: Tensor) -> Tensor:
        device = next((p.device for p in self.network.parameters()), torch.device("cpu"))
        inputs = self.preprocessing.normalise(clips.to(device))
        with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            features = self._call(inputs)
            if self.mirror:
                features = (features + self._call(inputs.flip(-1))) / 2
        if features.ndim != 2 or len(features) != len(clips):
            raise DataError(f"{self.name} gives {tuple(features.shape)} for {len(clips)} clips, not one row a clip")
        return features.float().cpu()

    def _call(self, inputs: Tensor) -> Tensor:
        if self.layer is None:
            return self.network(inputs)  # type: ignore[no-any-return]
        layer: Callable[..., Tensor] = self.network.features  # type: ignore[assignment]
        return layer(inputs, layer=self.layer, relu=self.relu)

    def _batches(self, tracklets: TrackletSet) -> Iterator[tuple[Tensor, Tensor]]:
        """Read the next tracklets while the network works on the last ones."""
        owners: list[int] = []
        clips: list[Frames] = []
        with ThreadPoolExecutor(2) as pool:
            for index, own in enumerate(pool.map(self._clips, tracklets)):
                owners.extend([index] * len(own))
                clips.extend(own)
                while len(clips) >= self.batch:
                    yield torch.tensor(owners[: self.batch]), torch.from_numpy(np.stack(clips[: self.batch]))
                    owners, clips = owners[self.batch :], clips[self.batch :]
        if clips:
            yield torch.tensor(owners), torch.from_numpy(np.stack(clips))

    def _clips(self, tracklet: Tracklet) -> list[Frames]:
        wanted = self.sampling.clips(max(1, len(tracklet)))
        frames = self.preprocessing.centre(tracklet.load(np.unique(wanted).tolist()))
        place = np.searchsorted(np.unique(wanted), wanted)
        return [frames[row] for row in place]


def digest_weights(network: nn.Module) -> str:
    """Hash a network's structure and all its tensors."""
    digest = hashlib.sha256(repr(network).encode())
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
