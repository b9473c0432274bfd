from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.errors import WeightsError
from resight.models.weights import centre_crop, channel_means, inspect, load, read_mean
from tests.models.weights import writers

CUBE = np.random.default_rng(0).uniform(44, 118, (3, 4, 16, 20)).astype(np.float32)


@pytest.fixture(params=["binaryproto", "bvlc", "npy", "npy five axes"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "mean"
    if request.param == "binaryproto":
        path.write_bytes(writers.blob_v1_0(CUBE))
    elif request.param == "bvlc":
        path.write_bytes(writers.blob_bvlc(CUBE[None]))
    else:
        with path.open("wb") as file:
            np.save(file, (CUBE if request.param == "npy" else CUBE[None]).astype(np.float64))
    return path


def test_a_cube_is_read_back(written: Path) -> None:
    np.testing.assert_array_equal(read_mean(written), CUBE)
    info = inspect(written)
    assert "mean cube" in info.format and info.tensors == {"mean": CUBE.shape} and not info.fits
    assert f"B {CUBE[0].mean():.2f}" in str(info)
    np.testing.assert_allclose(channel_means(read_mean(written)), CUBE.mean((1, 2, 3)), rtol=1e-6)


def test_a_cube_is_no_network(written: Path) -> None:
    with pytest.raises(WeightsError, match="mean cube, not a network"):
        load(written)


def test_the_centre_is_that_of_the_clip() -> None:
    cube = np.zeros((3, 1, 128, 171), np.float32)
    cube[..., 8:120, 29:141] = 1
    cropped = centre_crop(cube)
    assert cropped.shape == (3, 1, 112, 112) and cropped.all() and cropped.sum() == cube.sum()
    with pytest.raises(WeightsError, match="no centre"):
        centre_crop(CUBE)


@pytest.mark.parametrize("values", [CUBE[0], CUBE[:2], CUBE * np.nan, CUBE * 10, -CUBE])
def test_a_wrong_cube_is_refused(values: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "mean.npy", values)
    with pytest.raises(WeightsError, match="mean cube"):
        read_mean(tmp_path / "mean.npy")


def test_a_damaged_cube_is_refused(written: Path) -> None:
    written.write_bytes(written.read_bytes()[:-7])
    with pytest.raises(WeightsError, match="mean"):
        read_mean(written)
    with pytest.raises(WeightsError, match=r"(?i)no such file"):
        read_mean(written.with_name("nowhere"))


def test_no_code_is_run_from_an_npy_file(tmp_path: Path) -> None:
    np.save(tmp_path / "mean.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(WeightsError, match="not a readable mean cube"):
        read_mean(tmp_path / "mean.npy")
