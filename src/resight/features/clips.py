"""Features of a 3D-CNN: the mean over a tracklet's clips, L2-normalised (METHODS §1.4); or otherwise, to compare."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from resight.clips import Preprocessing, Sampling
from resight.device import on_device, readers
from resight.errors import DataError
from resight.features.extract import Matrix
from resight.frames import Frames
from resight.models.counting import learned_numbers
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
        Float ``(B, 3, T, H, W)`` → ``(B, D)``; for a C3D, give a `layer`. Moved to the GPU where there is one.
    preprocessing, sampling
        As the network was trained.
    layer : str or None
        ``fc6`` or ``fc7`` of a C3D; None calls the network itself.
    relu : bool
        Take the layer after its ReLU.
    stages : tuple of str
        Convolution stages of a C3D whose strip descriptors stand beside the layer, each block L2-normalised alone.
    mirror : bool
        Average each clip's feature with that of its mirror image.
    pool : {"mean", "max"}
        Over a tracklet's clips.
    normalise : bool
        L2-normalise what was pooled.
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
    stages: tuple[str, ...] = ()
    mirror: bool = False
    pool: Literal["mean", "max"] = "mean"
    normalise: bool = True
    batch: int = 16
    precision: str = "auto"
    info: dict[str, Any] = field(default_factory=dict)
    _digest: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        self._digest = digest_weights(self.network)
        on_device(self.network)
        self.precision = resolve_precision(self.precision)

    @property
    def parameters(self) -> int:
        """Learned numbers of the network."""
        return learned_numbers(self.network)

    def key(self) -> dict[str, Any]:
        """Return model, digest of the weights, preprocessing, sampling and layer."""
        return {
            "network": type(self.network).__qualname__,
            "weights": self._digest,
            "preprocessing": self.preprocessing.model_dump(mode="json"),
            "sampling": vars(self.sampling),
            "layer": [self.layer, self.relu, self.mirror, *self.stages],
            "precision": self.precision,
        } | ({} if (self.pool, self.normalise) == ("mean", True) else {"pooled": [self.pool, self.normalise]})

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, D)``: clip features averaged, then L2-normalised, unless told otherwise."""
        was_training = self.network.training
        self.network.eval()
        sums: list[Tensor] = []
        counts = torch.zeros(len(tracklets))
        with torch.inference_mode():
            for owners, clips in self.batches(tracklets):
                blocks = self.forward(clips)
                start = 0.0 if self.pool == "mean" else -torch.inf
                sums = sums or [torch.full((len(tracklets), block.shape[1]), start) for block in blocks]
                for total, block in zip(sums, blocks, strict=True):
                    if self.pool == "mean":
                        total.index_add_(0, owners, block)
                    else:
                        total.scatter_reduce_(0, owners[:, None].expand_as(block), block, "amax")
                counts.index_add_(0, owners, torch.ones(len(owners)))
        self.network.train(was_training)
        if not sums:
            raise DataError("there are no tracklets to extract features from")
        blocks = [total / counts[:, None] for total in sums] if self.pool == "mean" else sums
        if self.normalise:
            units = [nn.functional.normalize(block, dim=1) for block in blocks]
            blocks = [nn.functional.normalize(torch.cat(units, 1), dim=1)]
        return np.asarray(torch.cat(blocks, 1).numpy(), dtype=np.float32)

    def forward(self, clips: Tensor) -> list[Tensor]:
        """Return the blocks of features of clips uint8 ``(B, T, H, W, 3)``, each float32 ``(B, d)`` on the CPU."""
        device = next((p.device for p in self.network.parameters()), torch.device("cpu"))
        inputs = self.preprocessing.normalise(clips.to(device))
        with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            blocks = self.respond(inputs)
        for block in blocks:
            if block.ndim != 2 or len(block) != len(clips):
                raise DataError(f"{self.name} gives {tuple(block.shape)} for {len(clips)} clips, not one row a clip")
        return [block.float().cpu() for block in blocks]

    def respond(self, inputs: Tensor) -> list[Tensor]:
        """Return the blocks of features of normalised clips ``(B, 3, T, H, W)``, each ``(B, d)``, mirrors averaged."""
        blocks = self._call(inputs)
        if self.mirror:
            blocks = [(a + b) / 2 for a, b in zip(blocks, self._call(inputs.flip(-1)), strict=True)]
        return blocks

    def _call(self, inputs: Tensor) -> list[Tensor]:
        if self.layer is None:
            return [self.network(inputs)]
        by_stage: Callable[..., list[Tensor]] = self.network.features_by_stage  # type: ignore[assignment]
        return by_stage(inputs, self.stages, layer=self.layer, relu=self.relu)

    def batches(self, tracklets: TrackletSet) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield ``(owners (B,), clips uint8 (B, T, H, W, 3))``, reading ahead while the network works."""
        owners: list[int] = []
        clips: list[Frames] = []
        with ThreadPoolExecutor(readers()) as pool:
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
