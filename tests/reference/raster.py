"""The rasteriser, slow and obvious: every pixel asks every triangle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def draw(
    points: Floats, shade: Floats, faces: NDArray[np.int32], uv: Floats, atlas: Floats, size: tuple[int, int]
) -> tuple[Floats, Floats, Floats]:
    """Return colour, depth, and how near (0 and up) each pixel's centre comes to the edge of any triangle in front."""
    height, width = size
    colour, depth = np.zeros((height, width, 3)), np.full((height, width), np.inf)
    doubt = np.full((height, width), np.inf)
    for y in range(height):
        for x in range(width):
            for face in faces:
                corners = points[face]
                if (corners[:, 2] <= 0).any():
                    continue
                matrix = np.vstack([corners[:, :2].T, np.ones(3)])
                if -np.linalg.det(matrix) <= 1e-9:  # y points down: seen from outside, the determinant is negative
                    continue
                weights = np.linalg.solve(matrix, [x + 0.5, y + 0.5, 1])
                z = weights @ corners[:, 2]
                if z < depth[y, x]:
                    doubt[y, x] = min(doubt[y, x], abs(weights.min()))
                if weights.min() < 0 or not z < depth[y, x]:
                    continue
                u, v = weights @ uv[face]
                texel = atlas[
                    min(int(v * len(atlas)), len(atlas) - 1), min(int(u * atlas.shape[1]), atlas.shape[1] - 1)
                ]
                depth[y, x], colour[y, x] = z, weights @ shade[face] * texel
    return colour, depth, doubt
