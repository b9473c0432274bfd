"""Looking inside a network: what classes look like, where it looks, what its layers answer, what its kernels hold."""

from __future__ import annotations

from resight.inspection.class_model import ClassModel, class_model
from resight.inspection.kernels import TemporalShare, temporal_share
from resight.inspection.responses import Responses, layer_responses
from resight.inspection.saliency import class_saliency, onto_frames, retrieval_saliency

__all__ = [
    "ClassModel",
    "Responses",
    "TemporalShare",
    "class_model",
    "class_saliency",
    "layer_responses",
    "onto_frames",
    "retrieval_saliency",
    "temporal_share",
]
