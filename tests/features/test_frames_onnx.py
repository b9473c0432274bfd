from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from resight.errors import WeightsError
from resight.features.frames import OnnxExtractor
from resight.frames import resize_frame
from resight.methods.opening import open_method
from resight.tracklets import TrackletSet


def write_network(path: Path, shape: list[int | str], axes: list[int]) -> None:
    """A network that gives the mean of each channel."""
    inputs = helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)
    output = helper.make_tensor_value_info("feature", TensorProto.FLOAT, [shape[0], 3])
    reduce = helper.make_node("ReduceMean", ["picture", "axes"], ["feature"], keepdims=0)
    constant = numpy_helper.from_array(np.array(axes, dtype=np.int64), "axes")
    graph = helper.make_graph([reduce], "mean", [inputs], [output], [constant])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)


def expected(people: TrackletSet, size: tuple[int, int], order: slice) -> np.ndarray:
    rows = [np.mean([resize_frame(f, size).mean((0, 1))[order] for f in t.load()], 0) for t in people]
    return np.stack([row / np.linalg.norm(row) for row in rows])


@pytest.mark.parametrize(
    ("shape", "axes"),
    [(["N", 3, 24, 12], [2, 3]), ([1, 24, 12, 3], [1, 2]), ([5, 3, 24, 12], [2, 3])],
    ids=["channels first", "channels last, one at a time", "batches of five"],
)
def test_layout_size_and_batch_come_from_the_network(
    tmp_path: Path, plain_people: TrackletSet, shape: list[int | str], axes: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "mean.onnx"
    write_network(path, shape, axes)
    with caplog.at_level(logging.WARNING):
        extractor = open_method(f"onnx:{path}")
    assert "raw BGR" in caplog.text
    features = extractor.extract(plain_people)
    assert np.allclose(features, expected(plain_people, (24, 12), slice(None, None, -1)), atol=1e-5)


def test_the_yaml_beside_it_tells_channels_scale_mean_and_std(tmp_path: Path, plain_people: TrackletSet) -> None:
    path = tmp_path / "mean.onnx"
    write_network(path, ["N", 3, 24, 12], [2, 3])
    beside = tmp_path / "mean.onnx.yaml"
    beside.write_text("channels: rgb\nscale: 0.5\n")
    assert np.allclose(
        OnnxExtractor(path).extract(plain_people), expected(plain_people, (24, 12), slice(None)), atol=1e-5
    )
    before = OnnxExtractor(path).key()
    beside.write_text("channels: rgb\nmean: [1, 2, 3]\n")
    assert OnnxExtractor(path).key() != before
    beside.write_text("chanels: rgb\n")
    with pytest.raises(WeightsError, match="chanels"):
        OnnxExtractor(path)


def test_what_is_no_picture_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flat.onnx"
    write_network(path, ["N", 3, "H", "W"], [2, 3])
    with pytest.raises(WeightsError, match="no picture of fixed size"):
        OnnxExtractor(path)
    path.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="not an ONNX network"):
        OnnxExtractor(path)


def test_a_real_network_runs_on_the_real_video(shared: Path) -> None:
    from resight.footage.boxes import tracklets_from_video

    weights = shared / "real" / "weights" / "person-reidentification-retail-0248.onnx"
    video = shared / "real" / "video" / "vtest.avi"
    if not weights.is_file() or not video.is_file():
        pytest.skip("../shared/real is absent: the network and the video that this test measures on")
    tracks = tracklets_from_video(video, video.with_name("vtest.gt.txt"), size=(256, 128))
    features = OnnxExtractor(weights).extract(tracks[:2])
    assert features.shape == (2, 256)
    assert np.linalg.norm(features, axis=1) == pytest.approx(1, abs=1e-5)
