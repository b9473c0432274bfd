"""C3D's rates and memory on a GPU: training and features, full and quarter width, by arithmetic and layout.

Run: ``python benchmarks/gpu.py [ROUNDS]``.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

import torch
from torch import nn

from resight.models import C3D

SIZES = ((1.0, (16, 112, 112), 50), (0.25, (16, 112, 112), 50), (0.25, (16, 64, 32), 32), (0.25, (8, 64, 32), 32))
"""Width, input size, batch; the first is the paper's."""
WAYS = (
    ("fp32", torch.contiguous_format, False),
    ("bf16", torch.contiguous_format, True),
    ("bf16 channels_last_3d", torch.channels_last_3d, True),
)


def milliseconds(step: Callable[[], None], rounds: int) -> float:
    times = []
    for turn in range(rounds + 3):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        step()
        end.record()
        torch.cuda.synchronize()
        if turn >= 3:
            times.append(begin.elapsed_time(end))
    return statistics.median(times)


def rates(
    width: float, size: tuple[int, int, int], batch: int, layout: torch.memory_format, bf16: bool, rounds: int
) -> str:
    labels = torch.arange(batch, device="cuda")
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    network = C3D(batch, width, size, norm=None if width == 1 else "batch").cuda().to(memory_format=layout)  # type: ignore[call-overload]
    clips = torch.randn(batch, 3, *size, device="cuda").contiguous(memory_format=layout)
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9)

    def train() -> None:
        optimiser.zero_grad()
        with torch.autocast("cuda", torch.bfloat16, enabled=bf16):
            loss = nn.functional.cross_entropy(network(clips), labels)
        loss.backward()
        optimiser.step()

    def describe() -> None:
        with torch.inference_mode(), torch.autocast("cuda", torch.bfloat16, enabled=bf16):
            network.features(clips)

    trained = 1000 * batch / milliseconds(train, rounds)
    held = torch.cuda.max_memory_allocated() / 2**30
    described = 1000 * batch / milliseconds(describe, rounds)
    return f"{trained:8.0f} clips/s trained, {described:8.0f} described, {held:.1f} GiB"


def main(rounds: int) -> None:
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, medians of {rounds}")
    for search in (False, True):
        torch.backends.cudnn.benchmark = search
        for width, size, batch in SIZES:
            print(f"width {width:g}, {'x'.join(map(str, size))}, batch {batch}, cudnn.benchmark {search}")
            for name, layout, bf16 in WAYS:
                print(f"  {name:22} {rates(width, size, batch, layout, bf16, rounds)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
