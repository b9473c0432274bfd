from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from resight.experiments import peak_memory
from resight.experiments.peak_memory import CLEAR, PeakMemory

TWICE = """
import mmap
from resight.experiments.peak_memory import PeakMemory
first = PeakMemory()
held = mmap.mmap(-1, 256 * 2**20)  # from the system, and given back to it
for _ in range(256):
    held.write(bytes(2**20))
held.close()
most = first.mebibytes
print(most - PeakMemory().mebibytes)
"""

BEFORE = """
from resight.allocator import tune_allocator
from resight.experiments.peak_memory import PeakMemory
tune_allocator()
alone = PeakMemory().mebibytes
cycle = [bytearray(256 * 2**20)]
cycle.append(cycle)
del cycle
print(PeakMemory().mebibytes - alone)
"""


@pytest.mark.skipif(not CLEAR.exists(), reason="only Linux sets the peak of a process's memory back")
def test_the_peak_is_of_the_work_alone() -> None:
    """In a process of its own: what other tests left would hide it."""
    shown = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, check=True)
    assert float(shown.stdout) > 200


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator of this system is not glibc's")
def test_what_earlier_work_freed_does_not_count() -> None:
    """The tuned allocator keeps it: without giving back, every later peak was that of the greediest before."""
    shown = subprocess.run([sys.executable, "-c", BEFORE], capture_output=True, text=True, check=True)
    assert float(shown.stdout) < 50


def test_nothing_is_made_up_where_the_system_does_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak_memory, "CLEAR", tmp_path / "missing" / "file")
    assert PeakMemory().mebibytes is None
