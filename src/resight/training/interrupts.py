"""Ctrl-C in a training comes through as what it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import lightning as L


@contextmanager
def passing_interrupts(trainer: L.Trainer) -> Iterator[None]:
    """Raise `KeyboardInterrupt` where Lightning, interrupted by one, would end the process with code 1."""
    try:
        yield
    except SystemExit as end:
        if trainer.interrupted:
            raise KeyboardInterrupt from end
        raise
