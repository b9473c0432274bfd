"""Mean cubes: the average clip that Caffe subtracts, as .binaryproto or .npy (METHODS §1.2)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resight.errors import WeightsError
from resight.models.weights.caffe import read_blob
from resight.models.weights.protobuf import Malformed

Cube = NDArray[np.float32]
NPY_MAGIC = b"\x93NUMPY"


def read_mean(path: str | Path) -> Cube:
    """Read a mean cube.

    Parameters
    ----------
    path : str or Path
        A ``.binaryproto`` or ``.npy`` file, told apart by content.

    Returns
    -------
    float32 ``(3, T, H, W)``
        B, G, R on the 0–255 scale; ``(3, 16, 128, 171)`` for Sports-1M.

    Raises
    ------
    WeightsError
        Where the file is missing or damaged, or holds another shape or numbers outside 0–255.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
        if data.startswith(NPY_MAGIC):
            with path.open("rb") as file:
                values = np.asarray(np.load(file, allow_pickle=False), np.float32)
        else:
            values = read_blob(memoryview(data), f"{path}: the mean").values
    except Malformed as error:
        raise WeightsError(f"{path}: not a whole mean cube ({error})") from error
    except (OSError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise WeightsError(f"{path}: not a readable mean cube ({reason})") from error
    cube = values[0] if values.ndim == 5 and values.shape[0] == 1 else values
    if cube.ndim != 4 or cube.shape[0] != 3:
        raise WeightsError(f"{path}: a mean cube is (3, T, H, W), not {values.shape}")
    if not np.isfinite(cube).all() or cube.min() < 0 or cube.max() > 255:
        raise WeightsError(f"{path}: a mean cube lies within 0 and 255")
    return cube


def channel_means(cube: Cube) -> tuple[float, float, float]:
    """Average a cube ``(3, T, H, W)`` over time and space: B, G, R."""
    blue, green, red = cube.mean((1, 2, 3), dtype=np.float64).tolist()
    return blue, green, red


def centre_crop(cube: Cube, size: tuple[int, int] = (112, 112)) -> Cube:
    """Cut the centre ``(H, W)`` out of a cube, as its clip is cut in testing: ``[..., 8:120, 29:141]`` by default.

    Raises
    ------
    WeightsError
        Where the cube is smaller.
    """
    top, left = (cube.shape[2] - size[0]) // 2, (cube.shape[3] - size[1]) // 2
    if top < 0 or left < 0:
        raise WeightsError(f"a mean cube of {cube.shape[2:]} has no centre of {size}")
    return cube[..., top : top + size[0], left : left + size[1]]
