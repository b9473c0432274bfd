"""The embedded world: people who walk before cameras, made from a seed, with every cause recorded."""

from __future__ import annotations

from resight.synthetic.cameras import DOMAINS
from resight.synthetic.world import WORLD_VERSION, SyntheticFrames, source_from_record, synthesize

__all__ = ["DOMAINS", "WORLD_VERSION", "SyntheticFrames", "source_from_record", "synthesize"]
