"""Which precision a network runs in: half on a GPU, bfloat16 on a processor that multiplies it in hardware, else single."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from functools import cache

import torch


@cache
def fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware (AMX or AVX512-BF16); elsewhere float32 is faster."""
    probes = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(bool(getattr(torch.cpu, probe, lambda: False)()) for probe in probes)


def one_thread() -> None:
    """Make torch compute the calling thread's work in that thread alone: where several threads compute side by side, spreading each
    one's small operations over all cores costs more than it gains.

    torch keeps the number per thread, but gives the last one that was set to threads that come later: hence the other thread.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    restoring = threading.Thread(target=torch.set_num_threads, args=(before,))
    restoring.start()
    restoring.join()


def autocast(device: str) -> AbstractContextManager[object]:
    """The precision in which networks are fastest on ``device`` ("cpu" or "cuda")."""
    if device == "cpu":
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast_bf16())
    return torch.autocast(device, dtype=torch.float16)


def learning(device: str) -> AbstractContextManager[object]:
    """The precision to train in on ``device`` ("cpu", "cuda", "cuda:1"): bfloat16, whose range needs no scaling of the loss; on a
    processor without it in hardware float32, as emulation is ten times slower."""
    kind = device.split(":")[0]
    return autocast(kind) if kind == "cpu" else torch.autocast(kind, dtype=torch.bfloat16)
