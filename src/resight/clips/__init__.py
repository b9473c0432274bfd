"""Tracklet → clip tensor: sampling, preprocessing, augmentation."""

from __future__ import annotations

from resight.clips.augment import Augmentation
from resight.clips.preprocessing import SPORTS1M_MEAN_BGR, Preprocessing
from resight.clips.sampling import Sampling

__all__ = ["SPORTS1M_MEAN_BGR", "Augmentation", "Preprocessing", "Sampling"]
