"""Which arithmetic a machine is fast in."""

from __future__ import annotations

import torch


def resolve_precision(wanted: str = "auto") -> str:
    """Return ``bf16`` or ``fp32``; ``auto`` takes bf16 where the hardware has it.

    A CPU without bf16 instructions emulates them: C3D then trains at a third of its fp32 rate.
    """
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "fp32"
