"""Training rate of a small C3D with glibc's defaults, with `tune_allocator`, and with glibc's environment variables.

Each measurement is a process of its own; the three take turns, so that other load on the machine meets all alike.
Run: ``python benchmarks/allocator.py [ROUNDS]``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

MODES = ("default", "tuned", "environment")
FRAMES, HEIGHT, WIDTH, BATCH, WARM_UP, STEPS = 8, 128, 64, 32, 3, 6


def train(tuned: bool) -> float:
    """Return the training clips/s of a ¼-width C3D with batch normalisation, in the machine's fast arithmetic."""
    if tuned:
        from resight.allocator import tune_allocator

        if not tune_allocator():
            raise SystemExit("not glibc: nothing to measure")
    import torch

    from resight.models import C3D
    from resight.precision import resolve_precision

    torch.manual_seed(0)
    network = C3D(100, 0.25, (FRAMES, HEIGHT, WIDTH), norm="batch").to(memory_format=torch.channels_last_3d)
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9)
    clips = torch.randn(BATCH, 3, FRAMES, HEIGHT, WIDTH).contiguous(memory_format=torch.channels_last_3d)
    labels = torch.arange(BATCH)
    bf16 = resolve_precision() == "bf16"
    begin = 0.0
    for step in range(WARM_UP + STEPS):
        if step == WARM_UP:
            begin = time.perf_counter()
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = torch.nn.functional.cross_entropy(network(clips), labels)
        loss.backward()
        optimiser.step()
    return STEPS * BATCH / (time.perf_counter() - begin)


def measure(mode: str) -> float:
    """Train in a fresh process."""
    threshold = {"MALLOC_MMAP_THRESHOLD_": str(10**10), "MALLOC_TRIM_THRESHOLD_": str(10**10)}
    environment = os.environ | (threshold if mode == "environment" else {})
    command = [sys.executable, __file__, "--worker", mode]
    return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def main(rounds: int) -> None:
    rates: dict[str, list[float]] = {mode: [] for mode in MODES}
    for _ in range(rounds):
        for mode in MODES:
            rates[mode].append(measure(mode))
    print(f"training clips/s, median of {rounds} (1/4 width, batch normalisation, 8x128x64, batch {BATCH})")
    for mode in MODES:
        ratio = statistics.median(r / d for r, d in zip(rates[mode], rates["default"], strict=True))
        spread = f"{min(rates[mode]):.0f} to {max(rates[mode]):.0f}"
        print(f"{mode:12} {statistics.median(rates[mode]):6.1f}  ({spread})  x {ratio:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        print(train(sys.argv[2] == "tuned"))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
