"""RCN (McLaughlin et al., CVPR 2016) as a method (METHODS §5)."""

from __future__ import annotations

from torch import nn

from resight.methods.siamese import PUBLISHED, SiameseMethod, SiameseSettings
from resight.models.rcn import RCN as Network


class RCN(SiameseMethod):
    """CNN over colour and flow, recurrent layer, mean over time; trained on pairs and identities."""

    name = "rcn"
    summary = "CNN on colour and flow, recurrent layer, mean over time, Siamese with identities"
    source = "McLaughlin et al., CVPR 2016 (METHODS §5)"

    @classmethod
    def published(cls) -> SiameseSettings:
        """A thousand epochs of single pairs, as the authors' notes say it takes."""
        return SiameseSettings(**PUBLISHED)

    def new_network(self, num_classes: int) -> nn.Module:
        """Make the network at random."""
        return Network(num_classes, features=self.own.features, dropout=self.own.dropout)
