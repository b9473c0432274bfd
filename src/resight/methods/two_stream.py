"""The two-stream Siamese network (Chung, Tahboub & Delp, ICCV 2017) as a method (METHODS §7)."""

from __future__ import annotations

from pydantic import Field
from torch import nn

from resight.methods.siamese import PUBLISHED, SiameseMethod, SiameseSettings
from resight.models.two_stream import TwoStream as Network


class TwoStreamSettings(SiameseSettings):
    """The two streams' settings.

    Attributes
    ----------
    spatial, temporal : float
        What the colours' and the motion's distances count, in training and in matching.
    """

    iterations: int = Field(600, ge=0)
    spatial: float = Field(2.0, ge=0)
    temporal: float = Field(1.0, ge=0)


class TwoStream(SiameseMethod):
    """RCN over colour and RCN over flow, their distances added two to one."""

    name = "two-stream"
    summary = "one Siamese network on colour and one on flow, their distances added two to one"
    source = "Chung et al., ICCV 2017 (METHODS §7)"
    Options = TwoStreamSettings

    @classmethod
    def published(cls) -> TwoStreamSettings:
        """RCN's schedule: the paper's own constants are not known here."""
        return TwoStreamSettings(**PUBLISHED)

    def new_network(self, num_classes: int) -> nn.Module:
        """Make the network at random."""
        assert isinstance(self.settings, TwoStreamSettings)
        weights = (self.settings.spatial, self.settings.temporal)
        return Network(num_classes, weights, self.own.features, self.own.dropout)
