from __future__ import annotations

import sys

import cv2
import matplotlib
import numpy as np
import pytest

from resight.errors import InputError
from resight.plots import (
    Curve,
    channel_image,
    cmc_figure,
    colour_image,
    filters_figure,
    inline_svg,
    ranked_figure,
    save_figure,
    training_figure,
)
from resight.plots.filters import GAP, GUTTER, ZOOM
from resight.plots.style import line_style
from resight.report.ranking import RankedEntry, Ranking


def test_cmc_curves_hold_the_data_best_first():
    low = Curve("low", [0.1, 0.2, 0.3], style=3)
    high = Curve("_high $1$", [0.5, 0.7, 0.9], [0.4, 0.6, 0.8], [0.6, 0.8, 1.2])
    figure = cmc_figure([low, high], "a $ domain")
    (axes,) = figure.axes
    first, second = axes.get_lines()
    np.testing.assert_allclose(first.get_ydata(), [50, 70, 90])
    np.testing.assert_allclose(second.get_ydata(), [10, 20, 30])
    np.testing.assert_array_equal(first.get_xdata(), [1, 2, 3])
    (band,) = axes.collections
    ends = band.get_paths()[0].vertices[:, 1]
    assert ends.min() == 40 and ends.max() == 100, "the band is clipped to 100 %"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[0].endswith("_high $1$  (50.0)") and labels[1] == "low  (10.0)"
    with pytest.raises(InputError):
        cmc_figure([])


def test_cmc_stops_at_the_last_rank_asked_for():
    (line,) = cmc_figure([Curve("m", np.linspace(0.1, 1, 50))], max_rank=10).axes[0].get_lines()
    assert len(line.get_xdata()) == 10


def test_lines_differ_in_grey_and_in_colour():
    styles = [line_style(i) for i in range(32)]
    assert len({(s["color"], str(s["linestyle"]), s["marker"]) for s in styles}) == 32
    assert len({(str(s["linestyle"]), s["marker"]) for s in styles}) == 32, "all can be told apart in grey"
    for colour in {s["color"] for s in styles}:
        alike = [s for s in styles if s["color"] == colour]
        assert len({str(s["linestyle"]) for s in alike}) == len({s["marker"] for s in alike}) == len(alike) == 4


def test_every_colour_stands_out_on_white():
    for i in range(8):
        rgb = np.array(matplotlib.colors.to_rgb(line_style(i)["color"]))
        linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 3.0, i


def test_training_draws_a_panel_for_what_was_measured():
    runs = {
        "seed 0": {"loss": ([1, 2], [3.0, 2.0]), "val_rank1": ([2], [0.25]), "val_map": ([], [])},
        "seed 1": {"loss": ([1], [3.5])},
    }
    figure = training_figure(runs)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Training loss", "Validation rank-1 (%)"]
    np.testing.assert_allclose(figure.axes[1].get_lines()[0].get_ydata(), [25.0])
    assert figure.axes[0].get_ylim()[0] == 0
    below = training_figure({"objective": {"loss": ([1, 2], [1.0, -2.0])}})
    assert below.axes[0].get_ylim()[0] == -2
    np.testing.assert_allclose(figure.axes[0].get_lines()[0].get_ydata(), [3.0, 2.0])
    with pytest.raises(InputError):
        training_figure({"empty": {}})


def test_filters_put_zero_at_mid_grey_and_blue_first():
    weights = np.zeros((5, 3, 3, 3, 3))
    weights[0, 0, 0, 0, 0] = 2.0
    weights[0, 2, 2, 2, 2] = -1.0
    colour = colour_image(weights)
    strip_width = 9 * ZOOM + 2 * GUTTER
    assert colour.shape == (2 * 3 * ZOOM + GAP, 3 * strip_width + 2 * GAP, 3)
    np.testing.assert_array_equal(colour[0, 0], [128, 128, 255])
    np.testing.assert_array_equal(colour[3 * ZOOM - 1, strip_width - 1], [64, 128, 128])
    np.testing.assert_array_equal(colour[0, 3 * ZOOM], [255, 255, 255])
    np.testing.assert_array_equal(colour_image(weights, bgr=False)[0, 0], [255, 128, 128])
    assert channel_image(weights, 0)[0, 0, 0] == 255 and channel_image(weights, 1)[0, 0, 0] == 128
    figure = filters_figure(weights)
    assert figure.texts[0].get_text() == "blue channel" and "its 3 times" in figure.texts[-1].get_text()
    with pytest.raises(InputError):
        colour_image(np.zeros((5, 4, 3, 3, 3)))


def test_ranked_lists_are_marked_in_words_too():
    pictures = [np.full((8, 4, 3), i, np.uint8) for i in range(4)]
    entries = [
        RankedEntry(p, c, j, "p", 2)
        for p, c, j in zip(pictures[1:], (False, False, True), (True, False, False), strict=True)
    ]
    film = np.stack([pictures[0]] * 2 + [pictures[3]])
    axes = ranked_figure([Ranking("d", "m", film, "p", 1, entries)]).axes
    marks = [ax.get_title(loc="center").split("\n")[0] for ax in axes]
    assert marks == ["query", "junk", "1 ✗", "2 ✓"]
    assert [int(ax.images[0].get_array().max()) for ax in axes] == [0, 1, 2, 3]
    assert len({ax.spines["left"].get_edgecolor() for ax in axes}) == 4
    with pytest.raises(InputError):
        ranked_figure([])


def test_figures_are_saved_twice_and_leave_matplotlib_as_it_was(tmp_path):
    before = dict(matplotlib.rcParams)
    svg, png = save_figure(cmc_figure([Curve("m", [0.1, 0.2])], "d"), tmp_path / "a.b")
    assert svg.name == "a.b.svg" and "<svg" in svg.read_text() and cv2.imread(str(png)).std() > 5
    assert dict(matplotlib.rcParams) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.b.png", "a.b.svg"]
    assert "matplotlib.pyplot" not in sys.modules or not matplotlib.pyplot.get_fignums()


def test_inline_drawings_take_the_colours_of_the_page():
    text = inline_svg(cmc_figure([Curve("<b>", [0.1, 0.2])], "d"), "one", 'says "it"')
    assert text.startswith('<svg role="img" aria-label="says &quot;it&quot;"') and "http" not in text
    assert "var(--line-0)" in text and "currentColor" in text and "<b>" not in text and "&lt;b&gt;" in text
    assert "<metadata" not in text and 'id="one-figure_1"' in text
