from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from resight.errors import InputError
from resight.plots import save_figure
from resight.plots.curves import LevelCurve, level_figure


def test_panels_hold_the_data_on_one_scale_with_one_legend(tmp_path: Path) -> None:
    levels = [0.0, 1e-3, 3e-3]
    ours = LevelCurve("ours $1$", levels, [0.8, 0.5, 0.2], [0.7, 0.4, 0.1], [0.9, 0.6, 0.3], style=0)
    other = LevelCurve("_other", levels, [0.6, 0.55, 0.5], style=1)
    figure = level_figure([("prid", [ours, other]), ("ilids", [ours])], "Variance (10⁻³)", scale=1e3)
    left, right = figure.axes
    np.testing.assert_allclose(left.get_lines()[0].get_xdata(), [0, 1, 3])
    np.testing.assert_allclose(left.get_lines()[0].get_ydata(), [80, 50, 20])
    np.testing.assert_allclose(right.get_lines()[0].get_ydata(), [80, 50, 20])
    ends = left.collections[0].get_paths()[0].vertices[:, 1]
    assert (ends.min(), ends.max()) == (10, 90) and len(left.collections) == 1
    assert [t.get_text().lstrip("\u200b") for t in figure.legends[0].get_texts()] == ["ours $1$", "_other"]
    assert left.get_ylim() == right.get_ylim()
    svg, png = save_figure(figure, tmp_path / "noise")
    assert "<svg" in svg.read_text() and cv2.imread(str(png)).std() > 5


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(
    "names",
    [
        ["C3D from nothing, kernel 3 (3-D)", "ide", "C3D from nothing, kernel 1 (2-D)"],
        ["baseline: C3D untouched + XQDA", "ours: C3D fine-tuned + XQDA", "MMMMMMMMMMMM", "WWWWWWWWWWWWWW", "colour"],
        ["a", "b", "c"],
    ],
)
def test_the_legend_lies_within_the_figure(count: int, names: list[str]) -> None:
    curves = [LevelCurve(name, [0.0, 1.0], [0.5, 0.4], style=i) for i, name in enumerate(names)]
    figure = level_figure([("d", curves)] * count, "Variance")
    figure.canvas.draw()  # type: ignore[attr-defined]
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0
    assert figure.axes[0].get_window_extent().height > 0.4 * figure.bbox.height


def test_short_names_share_a_row() -> None:
    curves = [LevelCurve(name, [0.0, 1.0], [0.5, 0.4], style=i) for i, name in enumerate("abc")]
    assert level_figure([("d", curves)], "Variance").legends[0]._ncols == 3


@pytest.mark.parametrize("panels", [[], [("d", [])], [("d", [LevelCurve("m", [1, 2], [0.5])])]])
def test_what_cannot_be_drawn(panels: list[object]) -> None:
    with pytest.raises(InputError, match="at least one line"):
        level_figure(panels, "Variance")  # type: ignore[arg-type]
