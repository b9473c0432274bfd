from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from resight.allocator import tune_allocator

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator of this system is not glibc's")
ROUNDS, MEGABYTES = 20, 64
PROBE = f"""
import resource, sys
from resight.allocator import tune_allocator
if sys.argv[1] == "tuned":
    assert tune_allocator()
import torch
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = torch.ones({MEGABYTES} << 18)
    del block
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
counts = [faults() for _ in range(2 * {ROUNDS})]
print(sum(counts[{ROUNDS}:]))
"""


def page_faults(mode: str) -> int:
    command = [sys.executable, "-c", PROBE, mode]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@glibc
def test_a_tuned_process_keeps_its_pages() -> None:
    """Making and dropping one tensor over and over faults every page in each time by default, and hardly any tuned."""
    huge_pages = ROUNDS * MEGABYTES // 2
    default, tuned = page_faults("default"), page_faults("tuned")
    assert default >= huge_pages, "glibc no longer gives large blocks back: the setting may have become needless"
    assert tuned < default / 4


@pytest.mark.parametrize("failure", [OSError, AttributeError])
def test_without_glibc_nothing_happens(failure: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise failure(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert tune_allocator() is False


def test_on_other_systems_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert tune_allocator() is False
