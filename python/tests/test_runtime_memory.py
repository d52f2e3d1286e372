"""What a process does with the memory that it frees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import resource

import torch

from layersweep.runtime.memory import keep_freed_memory

size = 2_000_000  # 8 MB


def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


keep_freed_memory()
torch.ones(size)
before = faults()
for _ in range(50):
    torch.ones(size)
print(faults() - before)
"""


GIVE_ALL_BACK = {"MALLOC_TRIM_THRESHOLD_": "0", "MALLOC_MMAP_THRESHOLD_": "131072", "THP_MEM_ALLOC_ENABLE": "0"}


def page_faults(env: dict[str, str]) -> int:
    inherited = {name: value for name, value in os.environ.items() if name not in GIVE_ALL_BACK}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**inherited, "PYTHONPATH": str(Path(__file__).parents[1]), **env},
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only the C library of Linux is told")
def test_freed_memory_is_used_again_unless_the_user_says_otherwise() -> None:
    # A page fault for each 4 KiB of each tensor is 97,600; with large pages kept, almost none.
    assert page_faults({}) < 1_000
    assert page_faults(GIVE_ALL_BACK) > 50_000
