"""Leaving out what gates turn off: by default on a CPU, where a look at the gates costs nothing.

The function is the same, and so are the gradients: a unit whose gate is 0 adds nothing, its weights get gradient 0, and
a clipped gate passes none on. On a GPU, where the look would make the host wait, everything is computed.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from layersweep.model.gate_values import Gates

UNIT_MULTIPLE = 64
"""Intermediate dimensions are taken in multiples of this, some dead ones among them: few shapes, and good ones."""


@dataclass(frozen=True, slots=True)
class LayerPattern:
    """What one layer computes: whether each sublayer runs, and with which of its units (None: all)."""

    attention: bool
    feed_forward: bool
    head_columns: Tensor | None
    units: Tensor | None


def layer_patterns(gates: Gates, layers: int, head_size: int) -> list[LayerPattern]:
    """The patterns of all layers. The host waits for the gates if they are on another device."""
    attention = _switches(gates.attention_layer_L, layers)
    feed_forward = _switches(gates.feed_forward_layer_L, layers)
    return [
        LayerPattern(
            attention=attention[layer],
            feed_forward=feed_forward[layer],
            head_columns=_head_columns(gates.heads_LN, layer, head_size),
            units=_alive(gates.intermediate_LI, layer, UNIT_MULTIPLE),
        )
        for layer in range(layers)
    ]


def take(tensor: Tensor, indices: Tensor | None, dim: int = 0) -> Tensor:
    """The slices of a tensor at distinct `indices`; all for None."""
    if indices is None:
        return tensor
    result: Tensor = _Take.apply(tensor, indices, dim)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return result


def pass_on(x_BTH: Tensor, modules: tuple[nn.Module, ...], gates: tuple[Tensor | None, ...]) -> Tensor:
    """x unchanged, with gradient 0 for what was left out: not none, since momentum and weight decay go on."""
    left_out: list[Tensor] = [parameter for module in modules for parameter in module.parameters()]
    left_out += [gate for gate in gates if gate is not None]
    left_out = [tensor for tensor in left_out if tensor.requires_grad]
    if not (left_out and torch.is_grad_enabled()):
        return x_BTH
    result: Tensor = _PassOn.apply(x_BTH, *left_out)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return result


def _switches(gate_L: Tensor | None, layers: int) -> list[bool]:
    return [True] * layers if gate_L is None else (gate_L.detach() != 0).tolist()


def _head_columns(heads_LN: Tensor | None, layer: int, head_size: int) -> Tensor | None:
    heads = _alive(heads_LN, layer, 1)
    return (
        None if heads is None else (heads[:, None] * head_size + torch.arange(head_size, device=heads.device)).flatten()
    )


def _alive(gate_LU: Tensor | None, layer: int, multiple: int) -> Tensor | None:
    """Indices of the units on, ascending, filled up with dead ones to a multiple; None where that is all of them."""
    if gate_LU is None:
        return None
    on_U = gate_LU[layer].detach() != 0
    alive = int(on_U.sum())
    count = max(multiple, -(-alive // multiple) * multiple)
    if count >= on_U.numel():
        return None
    return torch.sort(on_U, descending=True, stable=True).indices[:count].sort().values


class _Take(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor, indices: Tensor, dim: int) -> Tensor:
        ctx.save_for_backward(indices)
        ctx.shape, ctx.dim = tensor.shape, dim
        return tensor.index_select(dim, indices)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (indices,) = ctx.saved_tensors
        return gradients[0].new_zeros(ctx.shape).index_copy_(ctx.dim, indices, gradients[0]), None, None


class _PassOn(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x_BTH: Tensor, *left_out: Tensor) -> Tensor:
        ctx.like = [(tensor.shape, tensor.dtype, tensor.device) for tensor in left_out]
        return x_BTH.view_as(x_BTH)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        zeros = (torch.zeros(shape, dtype=dtype, device=device) for shape, dtype, device in ctx.like)
        return gradients[0], *zeros
