"""STA's descriptor: a tracklet as steps, each of them 24 Fisher vectors of body-action units (METHODS §10).

Liu et al., ICCV 2015 (STFV3D).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from resight.errors import DataError, WeightsError
from resight.features.body_action import UNITS, dimensions, draw_pixels, unit_pixels
from resight.features.extract import Matrix
from resight.features.fisher import FisherEncoder, learn_encoder
from resight.features.flow_energy import Fragment, find_fragments, flow_profile
from resight.files import atomic_write
from resight.frames import Frames
from resight.tracklets import TrackletSet

Told = Callable[[int], None]
FIELDS = ("centre", "axes", "weights", "means", "variances")


@dataclass(frozen=True)
class FragmentOptions:
    """What a fragment is and how its pixels are described.

    Attributes
    ----------
    rate : float
        Frames a second.
    derivatives : str
        ``both`` or ``first``, see `body_action`.
    moving : bool
        Whether the legs' boxes follow them.
    most : int
        Fragments of a tracklet that are kept, evenly chosen.
    axes, gaussians : int
        Of each unit's Fisher vectors.
    """

    rate: float
    derivatives: str
    moving: bool
    most: int
    axes: int
    gaussians: int

    @property
    def size(self) -> int:
        """Length of a fragment's descriptor: 18,432 with 12 axes and 32 Gaussians."""
        return UNITS * 2 * self.gaussians * min(self.axes, dimensions(self.derivatives))

    def cut(self, frames: Frames) -> list[Fragment]:
        """Cut a tracklet into fragments and keep at most `most`."""
        found = find_fragments(flow_profile(frames), self.rate)
        chosen = np.unique(np.linspace(0, len(found) - 1, min(self.most, len(found))).round().astype(int))
        return [found[i] for i in chosen]


@dataclass(frozen=True)
class Described:
    """A tracklet's fragments: float32 ``features`` ``(n, D)`` and int ``directions`` ``(n,)``, 1, -1 or 0."""

    features: Matrix
    directions: NDArray[np.int64]

    def mean(self) -> Matrix:
        """Return the mean over the fragments, of length 1, ``(D,)``."""
        total = self.features.mean(0)
        return np.asarray(total / max(1e-12, float(np.linalg.norm(total))), dtype=np.float32)


@dataclass(frozen=True)
class FragmentDescriptor:
    """Describes fragments by what was learned of training people: axes and a mixture for each of the 24 units."""

    options: FragmentOptions
    encoders: tuple[FisherEncoder, ...]

    @property
    def parameters(self) -> int:
        """Learned numbers."""
        return sum(encoder.parameters for encoder in self.encoders)

    def describe(self, frames: Frames, fragments: list[Fragment] | None = None) -> Described:
        """Describe a tracklet.

        Parameters
        ----------
        frames : uint8 RGB ``(T, H, W, 3)``
        fragments : list of Fragment or None
            None cuts them.
        """
        options = self.options
        found = options.cut(frames) if fragments is None else fragments
        rows = []
        for fragment in found:
            units = unit_pixels(frames, fragment, options.derivatives, options.moving)
            encoded = [encoder.encode(unit) for encoder, unit in zip(self.encoders, units, strict=True)]
            rows.append(np.concatenate(encoded))
        return Described(np.stack(rows), np.array([fragment.direction for fragment in found], dtype=np.int64))

    def digest(self) -> str:
        """Hash options and learned numbers."""
        found = sha256(json.dumps(asdict(self.options), sort_keys=True).encode())
        for name, values in sorted(self._tensors().items()):
            found.update(name.encode() + np.ascontiguousarray(values).tobytes())
        return found.hexdigest()

    def _tensors(self) -> dict[str, NDArray[np.float64]]:
        return {f"{i:02d}.{name}": getattr(e, name) for i, e in enumerate(self.encoders) for name in FIELDS}

    def save(self, path: Path) -> None:
        """Write a safetensors file, whole or not at all."""
        with atomic_write(path) as temporary:
            tensors = {name: np.ascontiguousarray(values) for name, values in self._tensors().items()}
            save_file(tensors, temporary, {"fragments": json.dumps(asdict(self.options))})

    @classmethod
    def load(cls, path: Path) -> FragmentDescriptor:
        """Read what `save` wrote.

        Raises
        ------
        WeightsError
            Where the file is missing, another, or damaged.
        """
        try:
            with safe_open(path, "np") as opened:
                options = FragmentOptions(**json.loads((opened.metadata() or {})["fragments"]))
                read: Callable[[str], Any] = opened.get_tensor
                encoders = [FisherEncoder(*(read(f"{i:02d}.{name}") for name in FIELDS)) for i in range(UNITS)]
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"{path}: not a stored descriptor of fragments ({error})") from error
        return cls(options, tuple(encoders))


def learn_descriptor(
    people: TrackletSet,
    options: FragmentOptions,
    share: float,
    least: int,
    most: int,
    restarts: int,
    regularization: float,
    seed: int,
    told: Told | None = None,
) -> FragmentDescriptor:
    """Learn every unit's encoder from the middle fragment of each training tracklet.

    Parameters
    ----------
    people : TrackletSet
        Training people alone.
    options : FragmentOptions
    share : float
        Of a unit's pixels that are learned from.
    least : int
        Pixels of a unit and a tracklet that are learned from at least, where there are as many.
    most : int
        Pixels of a unit that are learned from at most, an equal part of each tracklet, at least one of each.
    restarts, regularization
        See `learn_encoder`.
    seed : int
    told : callable or None
        Told the number of tracklets done.

    Raises
    ------
    DataError
        Where there are too few pixels for the mixtures.
    """
    drawn: list[list[NDArray[np.float32]]] = [[] for _ in range(UNITS)]
    part = max(1, most // len(people))
    for number, tracklet in enumerate(people):
        frames = tracklet.load()
        fragments = options.cut(frames)
        units = unit_pixels(frames, fragments[len(fragments) // 2], options.derivatives, options.moving)
        rng = np.random.default_rng([seed, number])
        for kept, pixels in zip(drawn, draw_pixels(units, share, least, part, rng), strict=True):
            kept.append(pixels)
        if told:
            told(number + 1)
    learned_from = [np.concatenate(kept) for kept in drawn]
    if min(len(unit) for unit in learned_from) < options.gaussians:
        raise DataError(f"too few pixels for {options.gaussians} Gaussians: give more people, or raise least_pixels")
    encoders = [
        learn_encoder(unit, options.axes, options.gaussians, restarts, regularization, seed) for unit in learned_from
    ]
    return FragmentDescriptor(options, tuple(encoders))
