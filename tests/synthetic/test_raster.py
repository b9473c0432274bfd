from __future__ import annotations

import numpy as np
import pytest

from resight.synthetic.raster import draw
from tests.reference.raster import draw as slow_draw

SIZE = (24, 18)
WHITE = np.zeros((1, 1, 3), np.uint8), np.ones(1, np.float32)


def _canvas() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((*SIZE, 3), np.float32), np.full(SIZE, np.inf, np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_random_triangles_look_as_the_slow_rasteriser_draws_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform([-6, -6, -0.3], [24, 30, 6], (30, 3)).astype(np.float32)
    shade = rng.uniform(0, 2, (30, 3)).astype(np.float32)
    uv = rng.uniform(0, 1, (30, 2)).astype(np.float32)
    faces = rng.integers(0, 30, (30, 3)).astype(np.int32)
    reflectance = rng.uniform(0, 1, 9).astype(np.float32)
    atlas = rng.integers(0, 9, (1, 1, 3)).astype(np.uint8)
    colour, depth = _canvas()
    draw(points, shade, faces, uv, atlas, reflectance, colour, depth)
    expected, far, doubt = slow_draw(points.astype(float), shade, faces, uv, reflectance[atlas], SIZE)
    sure = doubt > 1e-3
    assert sure.mean() > 0.9 and np.isfinite(far).mean() > 0.2
    np.testing.assert_allclose(colour[sure], expected[sure], atol=2e-3)
    np.testing.assert_allclose(depth[sure], far[sure], rtol=1e-3)


def test_the_texel_under_the_pixel_is_taken() -> None:
    rng = np.random.default_rng(5)
    atlas, reflectance = rng.integers(0, 256, (*SIZE, 3)).astype(np.uint8), rng.uniform(0, 1, 256).astype(np.float32)
    corners = np.array([[0, 0, 1], [18, 0, 1], [0, 24, 1], [18, 24, 1]], np.float32)
    faces = np.array([[0, 2, 1], [1, 2, 3]], np.int32)
    uv = (corners[:, :2] / [18, 24]).astype(np.float32)
    colour, depth = _canvas()
    draw(corners, np.ones((4, 3), np.float32), faces, uv, atlas, reflectance, colour, depth)
    np.testing.assert_allclose(depth, 1, atol=1e-6)
    np.testing.assert_allclose(colour, reflectance[atlas], atol=1e-6)


def test_faces_seen_from_inside_are_not_drawn() -> None:
    corners = np.array([[1, 1, 1], [16, 1, 1], [1, 20, 1]], np.float32)
    ones, uv = np.ones((3, 3), np.float32), np.zeros((3, 2), np.float32)
    colour, depth = _canvas()
    draw(corners, ones, np.array([[0, 1, 2]], np.int32), uv, *WHITE, colour, depth)
    assert not colour.any()
    draw(corners, ones, np.array([[0, 2, 1]], np.int32), uv, *WHITE, colour, depth)
    assert colour.any()


def test_meshes_that_share_a_depth_buffer_hide_each_other_in_any_order() -> None:
    rng = np.random.default_rng(9)
    points = rng.uniform([0, 0, 1], [18, 24, 5], (2, 24, 3)).astype(np.float32)
    faces = np.arange(24, dtype=np.int32).reshape(8, 3)
    uv = np.zeros((24, 2), np.float32)
    shades = [np.full((24, 3), level, np.float32) for level in (0.3, 0.8)]
    pictures = []
    for order in ((0, 1), (1, 0)):
        colour, depth = _canvas()
        for mesh in order:
            draw(points[mesh], shades[mesh], faces, uv, *WHITE, colour, depth)
        pictures.append(colour)
    np.testing.assert_array_equal(pictures[0], pictures[1])
    for shade in (0.3, 0.8):
        assert (np.abs(pictures[0] - shade) < 1e-5).sum() > 30


@pytest.mark.parametrize("seed", range(3))
def test_neighbouring_triangles_leave_no_hole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:9, :7]
    points = np.stack([columns * 3.0, rows * 3.0, np.full(rows.shape, 2.0)], axis=-1)
    points[1:-1, 1:-1, :2] += rng.uniform(-1.2, 1.2, (7, 5, 2))
    a = (np.arange(8)[:, None] * 7 + np.arange(6)).ravel()
    faces = np.concatenate([np.stack([a, a + 7, a + 1], 1), np.stack([a + 1, a + 7, a + 8], 1)]).astype(np.int32)
    flat = points.reshape(-1, 3).astype(np.float32)
    colour, depth = _canvas()
    ones, uv = np.ones((63, 3), np.float32), np.zeros((63, 2), np.float32)
    draw(flat, ones, faces, uv, *WHITE, colour, depth)
    assert np.isfinite(depth).all()


@pytest.mark.parametrize("left", [0, 2500])
@pytest.mark.parametrize(
    ("spread", "flat"), [(0.5, 1), (3, 1), (40, 1), (2000, 1), (3, 1e-3), (40, 1e-3), (2000, 1e-4)]
)
def test_a_row_is_covered_from_end_to_end(spread: float, flat: float, left: int) -> None:
    """Where a row begins and ends is estimated; no pixel may be lost whose weights are all 0 or more."""
    rng = np.random.default_rng(3)
    half, covered = np.float32(0.5), 0
    for turned in range(400):
        middle, way = (
            rng.uniform([left - 2, -2], [left + 20, 26]),
            rng.uniform(0, 2 * np.pi) if turned % 4 else np.pi / 2 * turned,
        )
        corners = rng.normal(0, spread, (3, 2)) * [1, flat] @ [[np.cos(way), np.sin(way)], [-np.sin(way), np.cos(way)]]
        points = np.column_stack([middle + corners, np.ones(3)]).astype(np.float32)
        if turned % 3 == 0:  # a side along a row's middle, but for rounding
            points[0, 1] = np.floor(points[0, 1]) + half
            points[1, 1] = np.nextafter(points[0, 1], np.float32(99 * (-1) ** turned))
        (ax, ay), (bx, by), (cx, cy) = points[:, :2]
        area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
        size = (SIZE[0], left + SIZE[1])
        colour, depth = np.empty((*size, 3), np.float32), np.full(size, np.inf, np.float32)
        face = np.arange(3, dtype=np.int32)[None]
        draw(points, np.ones((3, 3), np.float32), face, np.zeros((3, 2), np.float32), *WHITE, colour, depth)
        if not area > 1e-9:
            assert not np.isfinite(depth).any()
            continue
        y, x = (np.arange(n, dtype=np.float32) + half for n in size)
        px, py, scale = x - cx, (y - cy)[:, None], np.float32(1) / area
        wa = px * ((cy - by) * scale) + py * ((bx - cx) * scale)
        wb = px * ((ay - cy) * scale) + py * ((cx - ax) * scale)
        box = (x >= points[:, 0].min()) & (x <= points[:, 0].max())
        box = box & ((y >= points[:, 1].min()) & (y <= points[:, 1].max()))[:, None]
        inside = (wa >= 0) & (wb >= 0) & (np.float32(1) - wa - wb >= 0) & box
        np.testing.assert_array_equal(np.isfinite(depth), inside)
        covered += int(inside.sum())
    assert covered > 0
