"""Long descriptors made short: random or principal directions, fitted on training frames, each result standardised."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import scipy.linalg
import scipy.sparse
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from resight.errors import WeightsError
from resight.features.extract import Matrix
from resight.files import atomic_write

Kind = Literal["random", "pca"]
LEAST = 1e-6
"""Smallest standard deviation that is divided by."""


@dataclass
class Projection:
    """A linear map from ``(n, d)`` to ``(n, k)``.

    Attributes
    ----------
    directions : ``(d, k)``
        Dense float32, or sparse columns.
    mean, scale : float32 ``(k,)``
        Subtracted from, and divided by, after the map.
    """

    directions: Any
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]

    def __call__(self, values: Matrix) -> Matrix:
        """Project float32 ``(n, d)`` to float32 ``(n, k)``."""
        mapped = np.asarray(values @ self.directions, dtype=np.float32)
        return (mapped - self.mean) / self.scale

    def digest(self) -> str:
        """Hash the map."""
        digest = hashlib.sha256()
        for name, array in sorted(self._arrays().items()):
            digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {"mean": self.mean, "scale": self.scale}
        if isinstance(self.directions, np.ndarray):
            return arrays | {"directions": self.directions}
        sparse: Any = self.directions
        parts = {name: getattr(sparse, name) for name in ("data", "indices", "indptr")}
        return arrays | parts | {"shape": np.array(sparse.shape)}

    def save(self, path: Path) -> None:
        """Write it as safetensors, whole or not at all."""
        with atomic_write(path) as temporary:
            save_file({name: np.ascontiguousarray(array) for name, array in self._arrays().items()}, temporary)

    @classmethod
    def load(cls, path: Path) -> Projection:
        """Read what `save` wrote.

        Raises
        ------
        WeightsError
            Where the file is missing, damaged, or something else.
        """
        try:
            arrays = load_file(path)
            directions: Any = arrays.get("directions")
            if directions is None:
                sparse = (arrays["data"], arrays["indices"], arrays["indptr"])
                directions = scipy.sparse.csc_array(sparse, shape=tuple(arrays["shape"].tolist()))
            return cls(directions, arrays["mean"], arrays["scale"])
        except (SafetensorError, OSError, KeyError, ValueError) as error:
            raise WeightsError(f"{path}: not a projection of descriptors ({error})") from error


def fit_projection(samples: Matrix, kind: Kind, size: int, seed: int) -> Projection:
    """Find directions and the spread of training samples along them.

    Parameters
    ----------
    samples : float32 ``(n, d)``
        Of training people; overwritten.
    kind : {"random", "pca"}
        Sparse random signs (Li et al. 2006), which keep distances on average, or the directions of most variance, of
        which there are no more than n - 1.
    size : int
        Directions wanted.
    seed : int
        Of the random ones.

    Returns
    -------
    Projection
        With mean 0 over `samples`; random directions have standard deviation 1 each, principal ones keep their
        proportions, and the mean of their variances is 1.
    """
    if kind == "random":
        directions = random_signs(samples.shape[1], size, seed)
        mapped = np.asarray(samples @ directions, dtype=np.float32)
        return Projection(directions, mapped.mean(0), np.maximum(mapped.std(0), LEAST))
    centre = samples.mean(0)
    samples -= centre
    axes, variances = _principal(samples, size)
    scale = np.full(axes.shape[1], max(LEAST, float(np.sqrt(variances.mean()))), dtype=np.float32)
    return Projection(axes, np.asarray(centre @ axes, dtype=np.float32), scale)


def random_signs(inputs: int, size: int, seed: int) -> Any:
    """Return sparse directions ``(inputs, size)``, ±1 at random in ``√inputs`` random places of each column."""
    rng = np.random.default_rng(seed)
    count = max(1, round(inputs**0.5))
    places = np.concatenate([np.sort(rng.choice(inputs, count, replace=False)) for _ in range(size)])
    signs = rng.choice(np.array([-1, 1], dtype=np.float32), size * count)
    ends = np.arange(size + 1) * count
    return scipy.sparse.csc_array((signs, places.astype(np.int32), ends.astype(np.int32)), shape=(inputs, size))


def _principal(centred: Matrix, size: int) -> tuple[Matrix, NDArray[np.float64]]:
    """Return axes ``(d, k)`` and their variances, by way of the samples' products: samples are the fewer."""
    products = (centred @ centred.T).astype(np.float64)
    n = len(centred)
    values, vectors = scipy.linalg.eigh(products, subset_by_index=[max(0, n - size), n - 1])
    kept = values > 1e-9 * values[-1]
    values, vectors = values[kept][::-1], vectors[:, kept][:, ::-1]
    axes = centred.T @ (vectors / np.sqrt(values)).astype(np.float32)
    return np.ascontiguousarray(axes), values / n
