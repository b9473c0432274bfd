"""What lies behind people: ground and wall textures, and the still picture that a standing camera sees of them."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.camera import Eyes
from resight.synthetic.domains import Domain
from resight.synthetic.light import make_light
from resight.synthetic.seeds import Cause, stream

Picture = NDArray[np.uint8]
Array = NDArray[np.float64]
SIDE = 40.0
"""Metres that a ground texture covers before it repeats."""
TEXELS = 1024
WALL = (8.0, 32.0)
"""Height and width of a wall texture, metres."""
DECODE: NDArray[np.float32] = ((np.arange(256) / 255) ** 2).astype(np.float32)
"""Reflectance of a picture's value: pictures hold its square root."""


def encode(reflectance: NDArray[np.floating]) -> Picture:
    """Store reflectances, 0 to 1, as uint8."""
    return np.asarray(255 * np.sqrt(np.clip(reflectance, 0, 1)) + 0.5, dtype=np.uint8)


@lru_cache(maxsize=16)
def make_ground(domain: Domain, camera: int, seed: int) -> Picture:
    """Paint a camera's ground, uint8 ``(1024, 1024, 3)`` for 40 × 40 m that fit at their edges."""
    rng = stream(seed, domain.name, Cause.BACKDROP, camera)
    kind = str(rng.choice(domain.backdrop.ground))
    base = rng.uniform(0.10, 0.34) * (1 + rng.normal(0, 0.05, 3))
    if kind == "grass":
        base = rng.uniform(0.08, 0.16) * np.array([0.85, 1.2, 0.5])
    if kind == "tiles":
        base = rng.uniform(0.22, 0.45) * (1 + rng.normal(0, 0.04, 3))
    ground = np.tile(base.astype(np.float32), (TEXELS, TEXELS, 1))
    if kind in ("paving", "tiles"):
        _lay_slabs(ground, rng, round(TEXELS / SIDE * rng.uniform(0.4, 1.2)), 0.10 if kind == "paving" else 0.05)
    for size, strength in ((8, 0.10), (32, 0.08), (128, 0.06), (TEXELS, 0.07)):
        ground *= np.float32(1) + np.float32(strength) * _noise(rng, size, (TEXELS, TEXELS))[..., None]
    if kind in ("asphalt", "paving"):
        for _ in range(int(rng.integers(2, 7))):
            _paint_line(ground, rng)
    stains = np.zeros((TEXELS, TEXELS), np.float32)
    for _ in range(int(rng.integers(4, 14))):
        at, radius = rng.integers(0, TEXELS, 2).tolist(), int(rng.integers(4, 40))
        axes = (radius, int(radius * rng.uniform(0.3, 1)))
        cv2.ellipse(stains, at, axes, rng.uniform(0, 180), 0, 360, rng.uniform(0.1, 0.4), -1)
    ground *= np.float32(1) - np.asarray(cv2.GaussianBlur(stains, (0, 0), 3))[..., None]
    return encode(np.clip(ground, 0.02, 0.8))


def make_wall(rng: np.random.Generator) -> Picture:
    """Paint a wall, uint8 ``(384, 1536, 3)`` for 8 × 32 m, row 0 at its top: storeys, windows, doors, posters."""
    height, width = 384, 1536
    metre = width / WALL[1]
    base = rng.uniform(0.08, 0.42) * (1 + rng.normal(0, 0.09, 3))
    wall = np.tile(base, (height, width, 1))
    pitch = int(metre * rng.uniform(1.6, 4))
    glass = rng.uniform(0.03, 0.2) * np.array([0.9, 1.0, 1.1])
    for x in range(int(rng.integers(pitch)), width, pitch):
        for storey in range(2):
            top = int(height - metre * (3.2 * storey + 2.9))
            wide, tall = int(pitch * rng.uniform(0.35, 0.7)), int(metre * rng.uniform(0.9, 1.8))
            wall[max(0, top) : max(0, top) + tall, x : x + wide] = glass * rng.uniform(0.6, 1.6)
    for _ in range(int(rng.integers(2, 6))):
        x, wide, tall = int(rng.integers(width)), int(metre * rng.uniform(0.9, 2.5)), int(metre * rng.uniform(2, 2.6))
        wall[height - tall :, x : x + wide] = base * rng.uniform(0.3, 1.5) * (1 + rng.normal(0, 0.12, 3))
    for _ in range(int(rng.integers(0, 6))):
        x, y = int(rng.integers(width)), int(height - metre * rng.uniform(1.6, 2.8))
        wide, tall = (metre * rng.uniform(0.4, 1.6, 2)).astype(int).tolist()
        wall[y : y + tall, x : x + wide] = rng.uniform(0.06, 0.5) * (1 + rng.normal(0, 0.3, 3))
    wall[height - int(metre * rng.uniform(0, 0.5)) :] *= rng.uniform(0.5, 0.9)
    for size, strength in ((12, 0.08), (64, 0.05), (256, 0.04)):
        wall *= 1 + strength * _noise(rng, size, (height, width))[..., None]
    return encode(np.clip(wall, 0.02, 0.8))


def see(eyes: Eyes, ground: Picture, domain: Domain, camera: int, seed: int) -> Picture:
    """Draw what a standing camera sees without people, uint8 ``(height, width, 3)`` of its sensor."""
    rng = stream(seed, domain.name, Cause.BACKDROP, camera, 1)
    width, height = eyes.sensor
    pixels = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
    rays, eye = eyes.rays(pixels).astype(np.float32), eyes.positions[0].astype(np.float32)
    reach = eye[2] / np.maximum(1e-6, -rays[..., 2])
    hit = eye + rays * reach[..., None]
    picture = _look_up(ground, hit[..., 0] / SIDE + 0.5, hit[..., 1] / SIDE + 0.5)
    if domain.backdrop.wall is None:
        return picture
    depth, turned = float(rng.uniform(*domain.backdrop.wall)), float(rng.normal(0, 0.12))
    normal = np.array([np.sin(turned), -np.cos(turned), 0.0], dtype=np.float32)
    away = (-depth - eye @ normal) / np.minimum(-1e-6, rays @ normal)
    is_wall = (away < reach) | (rays[..., 2] >= 0)
    at = eye + rays * away[..., None]
    along = at[..., 0] * np.cos(turned) + at[..., 1] * np.sin(turned)
    wall = _look_up(make_wall(rng), along / WALL[1] + 0.5, 1 - at[..., 2] / WALL[0])
    usual = make_light(domain, camera, 1, seed, None)
    against = np.sqrt(usual.shade(normal[None])[0] / usual.on_ground)
    foot = 1 - 0.25 * np.exp(-np.maximum(0, at[..., 2:]) / 0.3)
    shown = np.clip(wall * against * foot, 0, 255).astype(np.uint8)
    return np.where(is_wall[..., None], shown, picture)


def ground_texels() -> Array:
    """Return the map ``(3, 3)`` from a ground texture's pixels to metres on the ground."""
    metre = SIDE / TEXELS
    return np.array([[metre, 0, -SIDE / 2], [0, metre, -SIDE / 2], [0, 0, 1]])


def _look_up(texture: Picture, across: NDArray[np.floating], down: NDArray[np.floating]) -> Picture:
    """Read a texture that repeats, at shares of its width and height."""
    x = ((across % 1) * texture.shape[1]).astype(np.float32)
    y = ((down % 1) * texture.shape[0]).astype(np.float32)
    return np.asarray(cv2.remap(texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), dtype=np.uint8)


def _noise(rng: np.random.Generator, size: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return smooth noise with about `size` bumps across; its edges fit."""
    rows = max(2, size * shape[0] // shape[1])
    small = np.pad(rng.standard_normal((rows, size), dtype=np.float32), 2, mode="wrap")
    scale = shape[1] / size
    tall = cv2.resize(small, None, fx=scale, fy=shape[0] / rows, interpolation=cv2.INTER_CUBIC)
    top, left = round(2 * shape[0] / rows), round(2 * scale)
    return np.asarray(tall[top : top + shape[0], left : left + shape[1]])


def _lay_slabs(ground: NDArray[np.float32], rng: np.random.Generator, slab: int, spread: float) -> None:
    """Divide the ground into slabs of slightly different shades with darker joints."""
    count = max(1, TEXELS // slab)
    shades = (1 + spread * rng.standard_normal((count, count))).astype(np.float32)
    index = np.minimum(np.arange(TEXELS) * count // TEXELS, count - 1)
    ground *= shades[index[:, None], index[None, :], None]
    joints = np.flatnonzero(np.diff(index))
    ground[joints] *= 0.75
    ground[:, joints] *= 0.75


def _paint_line(ground: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Paint a white or dark line along one axis of the ground, whole or broken."""
    at, wide = int(rng.integers(TEXELS)), int(rng.integers(2, 6))
    shade = rng.uniform(0.45, 0.7) if rng.random() < 0.5 else rng.uniform(0.04, 0.08)
    dashes = np.arange(TEXELS) % 80 < (80 if rng.random() < 0.5 else 45)
    strip = ground[at : at + wide] if rng.random() < 0.5 else ground[:, at : at + wide].transpose(1, 0, 2)
    strip[:, dashes] = shade
