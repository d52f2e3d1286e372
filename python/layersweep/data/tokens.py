"""Rows as token ids: tokenised once, kept in memory without padding, padded batch by batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from layersweep.data.rows import Row

TOKENISE_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Padded token ids, their mask and types [B, T], and labels [B] (class ids, or float scores)."""

    input_ids_BT: Tensor
    attention_mask_BT: Tensor
    token_type_ids_BT: Tensor
    labels_B: Tensor

    def __len__(self) -> int:
        return self.labels_B.shape[0]

    def to(self, device: torch.device) -> "Batch":
        """On another device."""
        return Batch(
            input_ids_BT=self.input_ids_BT.to(device, non_blocking=True),
            attention_mask_BT=self.attention_mask_BT.to(device, non_blocking=True),
            token_type_ids_BT=self.token_type_ids_BT.to(device, non_blocking=True),
            labels_B=self.labels_B.to(device, non_blocking=True),
        )


class TokenisedRows:
    """All rows' tokens, one after another, and where each row begins."""

    def __init__(self, rows: Sequence[Row], tokenizer: Any, max_length: int, *, regression: bool) -> None:
        ids: list[np.ndarray[Any, Any]] = []
        types: list[np.ndarray[Any, Any]] = []
        for start in range(0, len(rows), TOKENISE_AT_ONCE):
            part = rows[start : start + TOKENISE_AT_ONCE]
            pairs = [row.second for row in part]
            encoded = tokenizer(
                [row.first for row in part],
                None if pairs[0] is None else pairs,
                truncation=True,
                max_length=max_length,
                return_token_type_ids=True,
                return_attention_mask=False,
            )
            ids.extend(np.asarray(row, dtype=np.int32) for row in encoded["input_ids"])
            types.extend(np.asarray(row, dtype=np.int8) for row in encoded["token_type_ids"])
        self.lengths_N = np.array([len(row) for row in ids], dtype=np.int64)
        self.starts_N = np.concatenate([[0], np.cumsum(self.lengths_N)])[:-1]
        self.ids = np.concatenate(ids) if ids else np.empty(0, dtype=np.int32)
        self.types = np.concatenate(types) if types else np.empty(0, dtype=np.int8)
        self.labels_N = torch.tensor([row.label for row in rows], dtype=torch.float32 if regression else torch.long)
        self.padding_id = int(tokenizer.pad_token_id)

    def __len__(self) -> int:
        return len(self.lengths_N)

    def batch(self, indices: Sequence[int]) -> Batch:
        """These rows, padded on the right to the longest of them."""
        longest = int(self.lengths_N[list(indices)].max())
        ids = np.full((len(indices), longest), self.padding_id, dtype=np.int64)
        types = np.zeros_like(ids)
        mask = np.zeros_like(ids)
        for position, index in enumerate(indices):
            start, length = self.starts_N[index], self.lengths_N[index]
            ids[position, :length] = self.ids[start : start + length]
            types[position, :length] = self.types[start : start + length]
            mask[position, :length] = 1
        return Batch(
            input_ids_BT=torch.from_numpy(ids),
            attention_mask_BT=torch.from_numpy(mask),
            token_type_ids_BT=torch.from_numpy(types),
            labels_B=self.labels_N[list(indices)],
        )
