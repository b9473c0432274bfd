"""A training on several devices: a process for each, which Lightning starts; what they need and how they end."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from rich.console import Console
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from resight.errors import RecipeError, ResightError


class OwnConsole(Console):
    """A console that can be sent to another process: there it writes to that one's output."""

    def __init__(self) -> None:
        super().__init__(soft_wrap=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return OwnConsole, ()


def refuse_devices(devices: int) -> None:
    """Raise `RecipeError` where there are not so many: GPUs on a machine that has any, else processes of the CPU."""
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if devices < 1:
        raise RecipeError(f"a training needs at least one device, not {devices}")
    if gpus and devices > gpus:
        raise RecipeError(f"a training on {devices} devices needs as many GPUs, and there is {gpus} here")


def hush() -> None:
    """Keep Lightning from talking in this process."""
    for name in ("lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Raise a process's own `ResightError` where Lightning would pass on its traceback, and one where it was killed."""
    try:
        yield
    except ProcessRaisedException as error:
        told = re.findall(r"^resight\.errors\.\w+: (.*)$", str(error), re.MULTILINE)
        if not told:
            raise
        raise ResightError(told[-1]) from error
    except ProcessExitedException as error:
        raise ResightError("a process of the training was killed; run the same command to take it up") from error
