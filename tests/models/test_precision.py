"""One thread for the thread that asked, and only for that one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import torch

from vqa_toolkit.models.precision import one_thread


def test_only_the_calling_thread_is_held_to_one_thread() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with ThreadPoolExecutor(1, initializer=one_thread) as alone, ThreadPoolExecutor(1) as other:
            assert alone.submit(torch.get_num_threads).result() == 1
            assert other.submit(torch.get_num_threads).result() == 2
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
