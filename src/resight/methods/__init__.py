"""Methods by name: what each learns from training people, and how it then describes and matches tracklets."""

from __future__ import annotations

from resight.methods.base import Matcher, Method, Settings
from resight.methods.registry import METHODS, open_trainable

__all__ = ["METHODS", "Matcher", "Method", "Settings", "open_trainable"]
