from __future__ import annotations

import numpy as np
import pytest
import torch

from resight.errors import InputError
from resight.frames import ArrayFrames
from resight.models import C3D
from resight.plots.architecture import architecture_figure
from resight.plots.class_model import class_model_figure
from resight.plots.matrix import matrix_figure
from resight.plots.responses import responses_figure
from resight.plots.saliency import overlay, saliency_figure
from resight.plots.samples import samples_figure
from resight.plots.tiles import SMALL, even, tile_figure
from resight.tracklets import Tracklet, TrackletSet


def texts(figure):
    return [t.get_text() for t in figure.texts]


def test_tiles_stand_where_they_belong_and_labels_stay_legible():
    rows = [[np.full((20, 10), v, np.uint8) for v in (1, 2, 3)], [np.full((20, 10), 4, np.uint8), None]]
    figure = tile_figure(rows, row_labels=["a", "b"], column_labels=["x", "y", "z"], title="t", cmap="gray")
    assert [int(ax.images[0].get_array()[0, 0]) for ax in figure.axes] == [1, 2, 3, 4]
    boxes = [ax.get_position() for ax in figure.axes]
    assert boxes[0].x0 == boxes[3].x0 and boxes[0].y0 > boxes[3].y1 and boxes[0].x1 < boxes[1].x0
    width, height = figure.get_size_inches()
    for box in boxes:
        assert box.x0 > 0 and box.x1 < 1 and box.y0 > 0 and box.y1 < 1
        np.testing.assert_allclose(box.height * height, 2 * box.width * width, rtol=1e-6)
    assert all(t.get_fontsize() >= SMALL for t in figure.texts) and len(figure.texts) == 6
    with pytest.raises(InputError):
        tile_figure([[np.zeros((2, 2)), np.zeros((3, 2))]])


def test_even_numbers_keep_both_ends():
    assert even(16, 4) == [0, 5, 10, 15] and even(3, 8) == [0, 1, 2]


def test_responses_are_drawn_black_to_white_beside_their_frame():
    maps = np.stack([np.linspace(0, 3, 128).reshape(16, 8), np.zeros((16, 8))])
    figure = responses_figure(maps, [7, 2], np.full((40, 20, 3), 9, np.uint8))
    frame, first, second = (np.asarray(ax.images[0].get_array()) for ax in figure.axes)
    assert frame.shape == first.shape and (first[..., 0].min(), first[..., 0].max()) == (0, 255) and not second.any()
    assert texts(figure) == ["frame", "7", "2"]
    with pytest.raises(InputError):
        responses_figure(maps, [7], np.zeros((4, 4, 3), np.uint8))


def test_saliency_leaves_a_frame_grey_where_nothing_counts():
    frames = np.zeros((3, 6, 4, 3), np.uint8)
    frames[..., 0] = 200
    maps = np.zeros((3, 6, 4))
    maps[1, 2, 2] = 1
    laid = overlay(frames, maps)
    assert len(set(laid[0, 0, 0].tolist())) == 1, "grey"
    assert laid[1, 2, 2, 0] > laid[1, 2, 2, 2] and laid[1, 2, 2].sum() > laid[0, 0, 0].sum(), "coloured and brighter"
    assert len(saliency_figure(frames, maps).axes) == 9
    with pytest.raises(InputError):
        saliency_figure(frames, 2 * maps)


def test_class_models_are_rows():
    clips = {str(c): np.full((16, 8, 4, 3), c, np.uint8) for c in (1, 2)}
    figure = class_model_figure(clips, columns=4)
    assert [int(ax.images[0].get_array()[0, 0, 0]) for ax in figure.axes] == [1] * 4 + [2] * 4
    assert {"1", "2", "6", "11", "16"} <= set(texts(figure))
    with pytest.raises(InputError):
        class_model_figure({})


def test_samples_are_of_people_whom_two_cameras_saw():
    def tracklet(person: int, camera: int, length: int = 9) -> Tracklet:
        frames = ArrayFrames(np.full((length, 8, 4, 3), 10 * person + camera, np.uint8))
        return Tracklet(person, camera, "d", f"{person}-{camera}-{length}", frames)

    found = [tracklet(1, 1), tracklet(2, 1), tracklet(2, 3), tracklet(0, 2), tracklet(3, 1), tracklet(3, 3, 2)]
    figure = samples_figure(TrackletSet(found), frames=3)
    shown = [int(ax.images[0].get_array()[0, 0, 0]) for ax in figure.axes]
    assert shown == [21, 21, 21, 23, 23, 23, 31, 31, 31, 33, 33]
    assert texts(figure)[:2] == ["camera 1", "camera 3"] and {"2", "3"} <= set(texts(figure))
    with pytest.raises(InputError):
        samples_figure(TrackletSet(found[:2]))


def test_the_framework_is_read_from_the_network(monkeypatch):
    monkeypatch.setattr(C3D, "_initialise", lambda network: None)  # slow on the meta device
    with torch.device("meta"):
        network = C3D(101, width=0.25, input_size=(8, 64, 32))
    (axes,) = architecture_figure(network, feature="fc6", title="t").axes
    said = [t.get_text() for t in axes.texts]
    assert f"{sum(p.numel() for p in network.parameters()):,} parameters" in " ".join(said)
    assert {"64×32", "16", "conv5b", "1×2×2", "clips of\n8 frames"} <= set(said) and "112×112" not in said
    bold = [t.get_text() for t in axes.texts if t.get_fontweight() == "bold"]
    assert bold == ["t", "fc6"]


def test_a_matrix_shows_its_numbers_and_what_is_missing():
    values = np.array([[50.0, 12.34], [np.nan, 0.0]])
    (axes,) = matrix_figure(["a", "b"], ["b", "c"], values, spread=np.full((2, 2), 1.5)).axes
    assert [t.get_text() for t in axes.texts] == ["50.0\n±1.5", "12.3\n±1.5", "–", "0.0\n±1.5"]
    grounds = [np.dot(p.get_facecolor()[:3], (0.2126, 0.7152, 0.0722)) for p in axes.patches]
    assert grounds[0] < grounds[1] < grounds[3], "larger is darker, in grey too"
    (noted,) = matrix_figure(["a"], ["b"], [[12.34]], notes=[["[1.0, 2.0]\n1 of 3"]]).axes
    assert [t.get_text() for t in noted.texts] == ["12.3\n[1.0, 2.0]\n1 of 3"]
    framed = [p.get_xy() for p in axes.patches if not p.get_fill()]
    assert framed == [(0.03, 1.03)], "the cell of one name in row and column"
    with pytest.raises(InputError):
        matrix_figure(["a"], ["b"], values)
