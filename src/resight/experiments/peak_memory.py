"""The most memory that a piece of work held, apart from what the process held before it."""

from __future__ import annotations

import gc
from pathlib import Path

from resight.allocator import give_back

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
RESET_PEAK = "5"


class PeakMemory:
    """Counts from when it is made: the kernel then sets its peak of this process back to what is resident.

    What earlier work freed is given back before, so that it does not count; what it still keeps does. Only Linux can
    set the peak back; elsewhere nothing is known. What child processes hold does not count.
    """

    def __init__(self) -> None:
        gc.collect()
        give_back()
        try:
            CLEAR.write_text(RESET_PEAK, encoding="ascii")
            self._known = True
        except OSError:
            self._known = False

    @property
    def mebibytes(self) -> float | None:
        """The most that was held since, with what was held before; None where the system cannot say."""
        if not self._known:
            return None
        lines = STATUS.read_text(encoding="utf-8").splitlines()
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), None)
