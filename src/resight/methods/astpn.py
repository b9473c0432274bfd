"""ASTPN (Xu et al., ICCV 2017) as a method (METHODS §6)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from torch import nn

from resight.methods.siamese import PUBLISHED, SiameseMethod, SiameseSettings
from resight.methods.siamese_matching import check_memory
from resight.models.astpn import ASTPN as Network
from resight.models.astpn import Mode
from resight.tracklets import TrackletSet


class ASTPNSettings(SiameseSettings):
    """ASTPN's settings.

    Attributes
    ----------
    mode : str
        ``cnn-rnn`` is RCN, ``spatial`` has the pyramid, ``temporal`` the attention, ``spatial_temporal`` both.
    matching : {"pairwise", "self"}
        Attention over both sequences of each pair, as the paper defines it, or of a sequence to itself, as the
        authors' test program computes it.
    """

    later: ClassVar[frozenset[str]] = SiameseSettings.later | {"matching"}

    iterations: int = Field(1000, ge=0)
    margin: float = Field(3.0, gt=0)
    mode: Mode = "spatial_temporal"
    matching: Literal["pairwise", "self"] = "pairwise"


class ASTPN(SiameseMethod):
    """RCN with a spatial pyramid and attention over time that the two sequences of a pair share."""

    name = "astpn"
    summary = "RCN with a spatial pyramid and attention over time that a pair shares"
    source = "Xu et al., ICCV 2017 (METHODS §6)"
    Options = ASTPNSettings

    @classmethod
    def published(cls) -> ASTPNSettings:
        """700 epochs of single pairs."""
        return ASTPNSettings(**{**PUBLISHED, "epochs": 700})

    def refuse_matching(self, gallery: TrackletSet) -> None:
        """Raise `ResightError` where attention over pairs would keep more of a gallery than `cache_gb`."""
        own = self.own
        assert isinstance(own, ASTPNSettings)
        if self.attends and "temporal" in own.mode:
            check_memory(gallery, own.frames, own.shifts, own.features, own.cache_gb)

    def new_network(self, num_classes: int) -> nn.Module:
        """Make the network at random."""
        assert isinstance(self.settings, ASTPNSettings)
        return Network(num_classes, self.settings.mode, self.own.features, self.own.dropout)

    @property
    def attends(self) -> bool:
        """Whether a pair is matched by attention that it shares."""
        assert isinstance(self.settings, ASTPNSettings)
        return self.settings.matching == "pairwise"
