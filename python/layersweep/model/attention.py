"""Multi-head attention and dropout, each by the way that is fast on the device at hand."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

DRAW_RANGE = 2**16


def attention_bias(attention_mask_BT: Tensor | None) -> Tensor | None:
    """Boolean mask [B, 1, 1, T], True where a token may be looked at."""
    return None if attention_mask_BT is None else attention_mask_BT.bool()[:, None, None, :]


def attend(
    query_BTA: Tensor, key_BTA: Tensor, value_BTA: Tensor, mask_B11T: Tensor | None, head_size: int, probability: float
) -> Tensor:
    """Multi-head attention context [B, T, A] with dropout of the given probability; A = number of heads * `head_size`.

    By torch's fused kernels, except on a CPU in bfloat16 or with dropout: there torch has none for training, and the
    plain formula takes half the time of what it falls back to.
    """
    query, key, value = (
        part.view(*part.shape[:2], -1, head_size).transpose(1, 2) for part in (query_BTA, key_BTA, value_BTA)
    )
    if query.device.type == "cpu" and (probability > 0 or query.dtype == torch.bfloat16):
        scores = query / math.sqrt(head_size) @ key.transpose(2, 3)
        if mask_B11T is not None:
            scores = scores.masked_fill(~mask_B11T, torch.finfo(scores.dtype).min)
        context = dropout(scores.softmax(-1), probability) @ value
    else:
        mask = None if mask_B11T is None else mask_B11T.expand(-1, -1, query_BTA.shape[1], -1)
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=probability)
    return context.transpose(1, 2).flatten(2)


def _draw_bits(count: int) -> Tensor:
    return torch.empty(count, dtype=torch.int64).random_(-(2**63), None)


draw_bits = torch.library.custom_op(
    "layersweep::draw_bits", _draw_bits, mutates_args=(), tags=(torch.Tag.nondeterministic_seeded,)
)
"""The same draw where it is compiled, as one operation that is not looked into."""
draw_bits.register_fake(lambda count: torch.empty(count, dtype=torch.int64))


def dropout(x: Tensor, probability: float) -> Tensor:
    """Inverted dropout. On a CPU four elements share one draw of 64 random bits, which costs half of torch's.

    There the probability is the nearest multiple of 2^-16 (0.1 becomes 0.100006), and the scale fits it exactly.
    """
    if x.device.type != "cpu" or not 0 < probability < 1:
        return F.dropout(x, probability)
    dropped = round(probability * DRAW_RANGE)
    draws = draw_bits(-(-x.numel() // 4)) if torch.compiler.is_compiling() else _draw_bits(-(-x.numel() // 4))
    kept = draws.view(torch.int16)[: x.numel()].view(x.shape) >= dropped - DRAW_RANGE // 2
    return x * kept.to(x.dtype).mul_(DRAW_RANGE / (DRAW_RANGE - dropped))
