"""CoFiLayerNorm: normalisation over the hidden dimensions whose gate is not 0, with no host synchronisation."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class HiddenPattern:
    """What the normalisations of one forward pass share: H hidden dimensions, n of them alive."""

    hidden_H: Tensor
    unscaled_H: Tensor  # hidden / scale
    scale: Tensor  # sqrt(H / n), []
    fill_H: Tensor | None  # scale / n on dead dimensions, 0 on alive ones; None: none is known to be dead


def hidden_pattern(hidden_H: Tensor, *, look: bool) -> HiddenPattern:
    """The zero pattern of hidden gates [H] in the form that `masked_layer_norm` takes; `look`: the host may wait."""
    alive_H = (hidden_H.detach() != 0).to(hidden_H.dtype)
    alive = alive_H.sum().clamp(min=1)
    scale = torch.sqrt(hidden_H.shape[0] / alive)
    fill_H = None if look and bool(alive_H.all()) else (1 - alive_H) * (scale / alive)
    return HiddenPattern(hidden_H=hidden_H, unscaled_H=hidden_H / scale, scale=scale, fill_H=fill_H)


def masked_layer_norm(
    x_BTH: Tensor, norm: nn.LayerNorm, pattern: HiddenPattern | None, sublayer_BTH: Tensor | None = None
) -> Tensor:
    """Normalise x (+ sublayer) over the alive dimensions, then multiply by the hidden gates.

    Without a pattern all dimensions are alive. Both inputs must be 0 on dead dimensions. With the mean m of the n alive
    dimensions filled into the dead ones and all scaled by c = sqrt(H / n), the variance over all H equals that over the
    alive ones, so the fused normalisation gives c (x - m) / sqrt(var + eps) there.
    """
    weight_H: Tensor = norm.weight
    bias_H: Tensor = norm.bias
    if pattern is not None:
        weight_H, bias_H = weight_H * pattern.unscaled_H, bias_H * pattern.hidden_H
    if pattern is None or pattern.fill_H is None:
        x_BTH = x_BTH if sublayer_BTH is None else sublayer_BTH + x_BTH
        return F.layer_norm(x_BTH, norm.normalized_shape, weight_H, bias_H, norm.eps)
    result: Tensor = _FilledNorm.apply(  # type: ignore[no-untyped-call]  # torch leaves it untyped
        x_BTH, sublayer_BTH, weight_H, bias_H, pattern.scale, pattern.fill_H, norm.eps
    )
    return result


class _FilledNorm(torch.autograd.Function):
    """LayerNorm(c (x + s) + sum(x + s) fill), its intermediate results overwritten in place."""

    @staticmethod
    def forward(
        ctx: Any,
        x_BTH: Tensor,
        sublayer_BTH: Tensor | None,
        weight_H: Tensor,
        bias_H: Tensor,
        scale: Tensor,
        fill_H: Tensor,
        eps: float,
    ) -> Tensor:
        y_BTH = x_BTH.clone() if sublayer_BTH is None else x_BTH + sublayer_BTH
        sum_BT1 = y_BTH.sum(-1, keepdim=True)
        y_BTH.mul_(scale).addcmul_(sum_BT1, fill_H)
        shape = [y_BTH.shape[-1]]
        normed_BTH, mean, inverse_std = torch.native_layer_norm(y_BTH, shape, weight_H, bias_H, eps)
        ctx.save_for_backward(y_BTH, mean, inverse_std, weight_H, bias_H, scale, fill_H)
        ctx.sublayer_dtype = None if sublayer_BTH is None else sublayer_BTH.dtype
        return normed_BTH

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        y_BTH, mean, inverse_std, weight_H, bias_H, scale, fill_H = ctx.saved_tensors
        grad_BTH, grad_weight_H, grad_bias_H = torch.ops.aten.native_layer_norm_backward(
            gradients[0].contiguous(), y_BTH, [y_BTH.shape[-1]], mean, inverse_std, weight_H, bias_H, [True] * 3
        )
        filled_BT1 = (grad_BTH @ fill_H).unsqueeze(-1)
        grad_BTH.mul_(scale).add_(filled_BT1)
        grad_sublayer_BTH = None if ctx.sublayer_dtype is None else grad_BTH.to(ctx.sublayer_dtype)
        return grad_BTH, grad_sublayer_BTH, grad_weight_H, grad_bias_H, None, None, None
