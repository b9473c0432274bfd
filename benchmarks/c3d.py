"""C3D's rates by size and arithmetic: inference at full width, training at the widths that two cores can bear.

Every pair takes turns in one process, so that other load on the machine meets all alike.
Run: ``python benchmarks/c3d.py [ROUNDS]``.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from resight.allocator import tune_allocator

tune_allocator()

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from resight.models import C3D  # noqa: E402

TRAINING = ((0.25, (16, 112, 112), 4), (0.25, (8, 128, 64), 16), (0.25, (16, 64, 32), 32), (0.125, (8, 64, 32), 32))
"""Width, input size, batch."""


def autocast(bf16: bool) -> torch.autocast:
    return torch.autocast("cpu", torch.bfloat16, enabled=bf16)


def inference(channels_last: bool, bf16: bool, batch: int = 4) -> Callable[[], None]:
    layout = torch.channels_last_3d if channels_last else torch.contiguous_format
    network = C3D().eval().to(memory_format=layout)  # type: ignore[call-overload]
    clips = torch.randn(batch, 3, 16, 112, 112).contiguous(memory_format=layout)

    def step() -> None:
        with torch.inference_mode(), autocast(bf16):
            network.features(clips)

    return step


def training(network: C3D, clips: Tensor, bf16: bool) -> Callable[[], None]:
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9)
    labels = torch.arange(len(clips))

    def step() -> None:
        optimiser.zero_grad()
        with autocast(bf16):
            loss = nn.functional.cross_entropy(network(clips), labels)
        loss.backward()
        optimiser.step()

    return step


def rates(variants: dict[str, Callable[[], None]], batch: int, rounds: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(rounds + 1):
        for name, step in variants.items():
            begin = time.perf_counter()
            step()
            if turn:
                seconds[name].append(time.perf_counter() - begin)
    for name, times in seconds.items():
        print(f"  {name:28} {batch / statistics.median(times):7.1f} clips/s")


def main(rounds: int) -> None:
    torch.manual_seed(0)
    print(f"medians of {rounds}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print("inference, full width, 16x112x112, batch 4")
    choices = {"fp32": (False, False), "fp32 channels_last_3d": (True, False), "bf16 channels_last_3d": (True, True)}
    rates({name: inference(*choice) for name, choice in choices.items()}, 4, rounds)
    for width, size, batch in TRAINING:
        print(f"training, width {width:g}, {'x'.join(map(str, size))}, batch {batch}")
        clips = torch.randn(batch, 3, *size).contiguous(memory_format=torch.channels_last_3d)
        variants = {}
        for norm in (None, "batch"):
            for bf16 in (False, True):
                network = C3D(batch, width, size, norm=norm)  # type: ignore[arg-type]
                network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
                variants[f"{'bf16' if bf16 else 'fp32'}, norm={norm}"] = training(network, clips, bf16)
        biased = C3D(batch, width, size, norm="batch").to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        variants["fp32, norm=batch, all biases"] = training(biased.requires_grad_(True), clips, False)
        rates(variants, batch, rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
