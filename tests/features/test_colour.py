from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from resight.datasets import open_dataset
from resight.evaluation import Evaluation, evaluate
from resight.features.colour import ColourExtractor, colour_descriptor
from resight.metrics import XQDA, Euclidean
from resight.synthetic import synthesize
from resight.tracklets import TrackletSet
from tests.conftest import make_tracklets


def slow_descriptor(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """METHODS §3.7, with OpenCV's own histograms."""
    found = []
    for frame in frames:
        hsv = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV)
        strips = []
        for i in range(6):
            strip = np.ascontiguousarray(hsv[21 * i : 21 * i + 21, 8:56])
            histogram = cv2.calcHist([strip], [0, 1, 2], None, [8, 4, 4], [0, 180, 0, 256, 0, 256]).ravel()
            strips.append(np.sqrt(histogram / histogram.sum()))
        found.append(np.concatenate(strips))
    mean = np.mean(found, axis=0)
    return mean / np.linalg.norm(mean)


def test_the_descriptor_equals_its_definition() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 128, 64, 3), dtype=np.uint8)
    found = colour_descriptor(frames)
    assert found.shape == (768,) and found.dtype == np.float32
    assert_allclose(found, slow_descriptor(frames), atol=1e-6)


def test_plain_colours_fall_into_their_bins_and_strips() -> None:
    frame = np.zeros((128, 64, 3), np.uint8)
    frame[:21] = (255, 0, 0)  # hue 0, S and V full: bin 0·16 + 3·4 + 3
    frame[21:42] = (0, 0, 255)  # hue 120 of 180: bin 5
    frame[126:] = frame[:, :8] = frame[:, 56:] = (0, 255, 0)  # outside of strips and columns
    found = colour_descriptor(frame[None])
    places = [15, 128 + 5 * 16 + 15, *(128 * i for i in range(2, 6))]
    assert np.flatnonzero(found).tolist() == places
    assert_allclose(found[places], 1 / np.sqrt(6), atol=1e-6)


def test_other_sizes_are_resized_and_a_tracklet_is_the_mean_of_its_frames() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (2, 16, 8, 3), dtype=np.uint8).repeat(16, 1).repeat(16, 2)
    small = np.ascontiguousarray(frames[:, ::2, ::2])
    resized = np.stack([cv2.resize(f, (64, 128)) for f in small])
    assert_allclose(colour_descriptor(small), slow_descriptor(resized), atol=1e-6)
    doubled = colour_descriptor(np.concatenate([small, small[::-1]]))
    assert_allclose(doubled, colour_descriptor(small), atol=1e-6)


def test_the_extractor_describes_each_tracklet_in_order() -> None:
    tracklets = make_tracklets(3)
    found = ColourExtractor().extract(tracklets)
    assert found.shape == (6, 768)
    for row, tracklet in zip(found, tracklets, strict=True):
        assert_allclose(row, colour_descriptor(tracklet.load()))


def found_by(distance: NDArray[np.float64], query: TrackletSet, gallery: TrackletSet) -> Evaluation:
    return evaluate(distance, query.persons, gallery.persons, query.cameras, gallery.cameras)


@pytest.mark.parametrize("domain", ["prid", "ilids"])
def test_the_world_is_neither_easy_nor_hopeless_for_colour(domain: str) -> None:
    """Colour + XQDA between 20 and 70 % rank-1: mean of two seeds, 60 training and 60 test people, both directions."""
    rank1 = []
    for seed in (0, 1):
        tracklets = synthesize(domain, 120, seed=seed, frames=(8, 8))
        features = ColourExtractor().extract(tracklets)
        people, cameras = tracklets.persons, tracklets.cameras
        train = people <= 60
        metric = XQDA().fit(features[train], people[train], cameras=cameras[train])
        for camera in (1, 2):
            query, gallery = (np.flatnonzero(~train & (cameras == c)) for c in (camera, 3 - camera))
            distance = metric.distance(features[query], features[gallery])
            rank1.append(found_by(distance, tracklets.select(query), tracklets.select(gallery)).rank1)
    assert 0.20 < np.mean(rank1) < 0.70, rank1


def test_the_colour_floor_on_real_tracklets(shared: Path, tmp_path: Path) -> None:
    archive = shared / "real" / "mars_sparse.zip"
    if not archive.is_file():
        pytest.skip("../shared/real/mars_sparse.zip is absent: real tracklets, for research only, are not shipped")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path, [n for n in opened.namelist() if "bbox_train" not in n or n.endswith("/")])
        # Training pictures are not read here; their names suffice for the reader.
        for name in opened.namelist():
            if "bbox_train" in name and not name.endswith("/"):
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).touch()
    split = open_dataset("mars", tmp_path, protocol="cross_camera").split()
    assert (split.n_people, len(split.query), len(split.gallery)) == (150, 405, 1325)
    features = {id(t): colour_descriptor(t.load()) for t in split.gallery}
    gallery = np.stack([features[id(t)] for t in split.gallery])
    query = np.stack([features[id(t)] for t in split.query])
    result = found_by(Euclidean().distance(query, gallery), split.query, split.gallery)
    assert result.n_valid == 399
    assert 100 * result.rank1 == pytest.approx(25.3, abs=0.6)
    assert 100 * result.mean_ap == pytest.approx(15.5, abs=0.3)
