"""In which order rows are trained on: a pure function of seed and step, so a resumed run goes on as it would have."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import torch
from torch import Tensor

BUCKET_BATCHES = 50


class BatchOrder:
    """Row indices of each optimizer step. Every epoch is a new permutation; its last batch may be smaller.

    `bucketed` sorts each stretch of 50 batches of the permutation by length and shuffles its batches, so that rows of
    like length share a batch.
    """

    def __init__(
        self, lengths_N: Sequence[int] | Any, batch_size: int, seed: int, batching: Literal["shuffled", "bucketed"]
    ) -> None:
        self.lengths_N = torch.as_tensor(lengths_N)
        self.batch_size = batch_size
        self.seed = seed
        self.batching = batching
        self.steps_per_epoch = -(-len(self.lengths_N) // batch_size)
        self._epoch = lru_cache(maxsize=1)(self._batches_of_epoch)

    def epoch(self, step: int) -> int:
        """0-based epoch of a 0-based step."""
        return step // self.steps_per_epoch

    def indices(self, step: int) -> list[int]:
        """Row indices of a 0-based step."""
        return self._epoch(self.epoch(step))[step % self.steps_per_epoch].tolist()

    def _batches_of_epoch(self, epoch: int) -> tuple[Tensor, ...]:
        generator = torch.Generator().manual_seed(_epoch_seed(self.seed, epoch))
        permutation = torch.randperm(len(self.lengths_N), generator=generator)
        if self.batching == "shuffled":
            return torch.split(permutation, self.batch_size)
        whole: list[Tensor] = []
        partial: list[Tensor] = []
        for stretch in torch.split(permutation, self.batch_size * BUCKET_BATCHES):
            by_length = stretch[torch.argsort(self.lengths_N[stretch], stable=True)]
            for batch in torch.split(by_length, self.batch_size):
                (whole if len(batch) == self.batch_size else partial).append(batch)
        shuffled = [whole[index] for index in torch.randperm(len(whole), generator=generator).tolist()]
        return (*shuffled, *partial)


def _epoch_seed(seed: int, epoch: int) -> int:
    """32 bits, since torch's CPU generator looks at no more of a seed."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{epoch}".encode()).digest()[:4])
