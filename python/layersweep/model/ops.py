"""The few operations that the masked and the cut encoder share."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, slots=True)
class ClassifierOutput:
    """Logits [B, C] (C = 1 for regression) and S + 1 hidden states [B, T, H]: embeddings, then layer outputs."""

    logits_BC: Tensor
    hidden_states: tuple[Tensor, ...]


def position_ids(input_ids_BT: Tensor, model_type: str, padding_id: int) -> Tensor:
    """Positions [1, T] of BERT, or [B, T] of RoBERTa, which counts non-padding tokens from `padding_id` + 1."""
    if model_type == "roberta":
        counted_BT = input_ids_BT.ne(padding_id).long()
        return counted_BT.cumsum(1) * counted_BT + padding_id
    return torch.arange(input_ids_BT.shape[1], device=input_ids_BT.device)[None]


def product_type(weight: Tensor) -> Tensor:
    """A weight in the type that the surrounding autocast, if any, multiplies in: what copies it then copies less."""
    device_type = weight.device.type
    if not torch.is_autocast_enabled(device_type) or weight.dtype == torch.float64:
        return weight
    return weight.to(torch.get_autocast_dtype(device_type))


def _gelu_tanh(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_new": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "relu": F.relu,
    "silu": F.silu,
    "swish": F.silu,
}
