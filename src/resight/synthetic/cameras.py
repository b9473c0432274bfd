"""Domains and cameras of the drawn world: view, light, background, response, noise."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.frames import Frames

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Domain:
    """What the cameras of a domain have in common.

    Attributes
    ----------
    cameras : int
    headings : tuple of float
        Direction of walk as seen by each camera (radians, see `Figure`).
    tilt : (low, high)
        How far the cameras look down, radians.
    size : (low, high)
        Height of a person in the frame, as a share of the frame.
    resolution : (low, high)
        Height of a person in the sensor's pixels; fewer make a blurred frame.
    contrast : float
        How far the cameras' colours differ from each other.
    drift : float
        How far light changes within a camera from tracklet to tracklet.
    passers : float
        Mean number of people that cross in front.
    """

    name: str
    cameras: int
    headings: tuple[float, ...]
    tilt: tuple[float, float]
    size: tuple[float, float]
    resolution: tuple[float, float]
    contrast: float
    drift: float
    passers: float


DOMAINS: dict[str, Domain] = {
    "street": Domain("street", 2, (0.25, 2.7), (0.05, 0.2), (0.86, 0.92), (90, 128), 0.9, 0.8, 0.0),
    "hall": Domain("hall", 2, (-0.6, 2.2), (0.15, 0.35), (0.84, 0.92), (80, 120), 0.8, 0.8, 0.5),
    "roof": Domain("roof", 2, (0.6, -2.4), (0.55, 0.95), (0.80, 0.95), (45, 80), 0.9, 1.0, 0.0),
}
"""Domains by name: `street` and `hall` to train on, `roof` that nothing trains on."""


@dataclass(frozen=True)
class Camera:
    """One camera, fixed by the world's seed."""

    heading: float
    tilt: float
    size: float
    resolution: float
    matrix: Pixels
    gamma: float
    black: float
    blur: float
    noise: float
    quality: int
    background: NDArray[np.uint8]


def domain_number(name: str) -> int:
    """Return a number that stands for a domain in seeds."""
    return zlib.crc32(name.encode())


@lru_cache(maxsize=64)
def make_camera(domain: str, camera: int, seed: int) -> Camera:
    """Draw a camera (numbered from 1) of a domain."""
    world = DOMAINS[domain]
    rng = np.random.default_rng([seed, domain_number(domain), 7, camera])
    gains = np.exp(rng.normal(0, 0.11 * world.contrast, 3)) * np.exp(rng.normal(0, 0.25 * world.contrast))
    saturation = rng.uniform(0.65, 1.15)
    grey = np.full((3, 3), 1 / 3)
    matrix = (saturation * np.eye(3) + (1 - saturation) * grey) * gains[:, None]
    return Camera(
        heading=world.headings[(camera - 1) % len(world.headings)],
        tilt=float(rng.uniform(*world.tilt)),
        size=float(rng.uniform(*world.size)),
        resolution=float(rng.uniform(*world.resolution)),
        matrix=matrix.astype(np.float32),
        gamma=float(rng.uniform(1.6, 2.6)),
        black=float(rng.uniform(0.0, 0.05)),
        blur=float(rng.uniform(0.3, 0.9)),
        noise=float(rng.uniform(0.006, 0.02)),
        quality=int(rng.integers(60, 92)),
        background=_background(rng),
    )


def _background(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Paint a static view, 256×1024 RGB: ground and wall, with blocks, posts and texture."""
    height, width = 256, 1024
    horizon = int(height * rng.uniform(0.25, 0.5))
    ground, wall = rng.uniform(0.15, 0.6, 3) * 0.4 + rng.uniform(0.1, 0.4), rng.uniform(0.1, 0.5, 3)
    picture = np.empty((height, width, 3))
    picture[:horizon], picture[horizon:] = wall, ground
    for _ in range(14):
        x, y = int(rng.integers(width)), int(rng.integers(horizon))
        w, h = int(rng.integers(20, 120)), int(rng.integers(15, 90))
        picture[max(0, y - h) : y, x : x + w] = np.clip(wall + rng.normal(0, 0.12, 3), 0.03, 0.9)
    for _ in range(4):
        x = int(rng.integers(width))
        picture[: horizon + int(rng.integers(5, 40)), x : x + int(rng.integers(3, 9))] = rng.uniform(0.05, 0.4, 3)
    coarse = cv2.resize(rng.normal(0, 1, (16, 64)), (width, height), interpolation=cv2.INTER_CUBIC)
    picture *= 1 + 0.12 * coarse[..., None] + 0.05 * rng.normal(0, 1, (height, width, 1))
    return np.asarray(np.clip(picture, 0.02, 0.95) * 255, dtype=np.uint8)


def film(frames: Frames, camera: Camera, light: Pixels, rng: np.random.Generator) -> Frames:
    """Turn reflectances ``(T, H, W, 3)`` into what the camera delivers, under a tracklet's own light.

    Parameters
    ----------
    frames : uint8
        Linear reflectance, 0–255.
    light : float32 ``(3,)``
        Colour and strength of the light.
    """
    matrix = camera.matrix * light[None, :]
    scale = min(1.0, camera.resolution / (camera.size * frames.shape[1]))
    delivered = np.empty_like(frames)
    levels = np.linspace(0, 1, 4096, dtype=np.float32)
    curve = camera.black + (1 - camera.black) * levels ** (1 / camera.gamma)
    for i, frame in enumerate(frames):
        linear = cv2.transform(frame.astype(np.float32) / 255, matrix)
        if scale < 0.98:
            small = cv2.resize(linear, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            linear = cv2.resize(small, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)
        linear = cv2.GaussianBlur(linear, (0, 0), camera.blur)
        seen = curve[np.clip(linear * 4095, 0, 4095).astype(np.int32)]
        seen += camera.noise * rng.standard_normal(seen.shape, dtype=np.float32)
        values = np.clip(seen * 255 + 0.5, 0, 255).astype(np.uint8)
        packed = cv2.imencode(".jpg", values, [cv2.IMWRITE_JPEG_QUALITY, camera.quality])[1]
        delivered[i] = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return delivered
