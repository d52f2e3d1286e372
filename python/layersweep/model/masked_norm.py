"""CoFiLayerNorm: normalisation over the hidden dimensions whose gate is not 0, no host synchronisation."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class HiddenPattern:
    """What the normalisations of one forward pass share: H hidden dimensions, n of them alive."""

    hidden_H: Tensor
    scale: Tensor  # sqrt(H / n), []
    fill_H: Tensor  # scale / n on dead dimensions, 0 on alive ones


def hidden_pattern(hidden_H: Tensor) -> HiddenPattern:
    """The zero pattern of hidden gates [H] in the form that `masked_layer_norm` takes."""
    alive_H = (hidden_H != 0).to(hidden_H.dtype)
    alive = alive_H.sum().clamp(min=1)
    scale = torch.sqrt(hidden_H.shape[0] / alive)
    return HiddenPattern(hidden_H=hidden_H, scale=scale, fill_H=(1 - alive_H) * (scale / alive))


def masked_layer_norm(x_BTH: Tensor, norm: nn.LayerNorm, pattern: HiddenPattern | None) -> Tensor:
    """Normalise over the alive dimensions, then multiply by the hidden gates. x must be 0 on dead dimensions.

    With the mean m of the n alive dimensions filled into the dead ones and all scaled by c = sqrt(H / n), the variance
    over all H equals that over the alive ones, so the fused normalisation gives c (x - m) / sqrt(var + eps) there.
    """
    if pattern is None:
        return F.layer_norm(x_BTH, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
    filled_BTH = torch.addcmul(x_BTH * pattern.scale, x_BTH.sum(-1, keepdim=True), pattern.fill_H)
    weight_H = norm.weight * pattern.hidden_H / pattern.scale
    return F.layer_norm(filled_BTH, norm.normalized_shape, weight_H, norm.bias * pattern.hidden_H, norm.eps)
