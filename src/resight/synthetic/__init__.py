"""The embedded world: people who walk before cameras, made from a seed, with every cause recorded."""

from __future__ import annotations

from resight.synthetic.domains import Domain, load_domain, shipped_domains
from resight.synthetic.silhouettes import silhouettes
from resight.synthetic.synthesis import (
    WORLD_VERSION,
    SyntheticFrames,
    causes_table,
    source_from_record,
    synthesize,
)

__all__ = [
    "WORLD_VERSION",
    "Domain",
    "SyntheticFrames",
    "causes_table",
    "load_domain",
    "shipped_domains",
    "silhouettes",
    "source_from_record",
    "synthesize",
]
