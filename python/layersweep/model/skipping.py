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
class Taken:
    """Which of n units are computed, u of them in ascending order, and where each of the n then is: u where nowhere."""

    indices_u: Tensor
    places_n: Tensor


@dataclass(frozen=True, slots=True)
class LayerPattern:
    """What one layer computes: whether each sublayer runs, and with which of its units (None: all)."""

    attention: bool
    feed_forward: bool
    head_columns: Taken | None
    units: Taken | None


def layer_patterns(gates: Gates, layers: int, head_size: int) -> list[LayerPattern]:
    """The patterns of all layers. The host waits for the gates if they are on another device."""
    attention = _switches(gates.attention_layer_L, layers)
    feed_forward = _switches(gates.feed_forward_layer_L, layers)
    return [
        LayerPattern(
            attention=attention[layer],
            feed_forward=feed_forward[layer],
            head_columns=_head_columns(gates.heads_LN, layer, head_size),
            units=_units(gates.intermediate_LI, layer),
        )
        for layer in range(layers)
    ]


def take(tensor: Tensor, taken: Taken | None) -> Tensor:
    """The rows of a tensor that are taken; all for None."""
    if taken is None:
        return tensor
    result: Tensor = _Take.apply(tensor, taken.indices_u, taken.places_n)  # type: ignore[no-untyped-call]  # torch leaves it untyped
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


def _head_columns(heads_LN: Tensor | None, layer: int, head_size: int) -> Taken | None:
    taken_N = None if heads_LN is None else _taken(heads_LN[layer], 1)
    return None if taken_N is None else _places(taken_N.repeat_interleave(head_size))


def _units(intermediate_LI: Tensor | None, layer: int) -> Taken | None:
    taken_I = None if intermediate_LI is None else _taken(intermediate_LI[layer], UNIT_MULTIPLE)
    return None if taken_I is None else _places(taken_I)


def _taken(gate_n: Tensor, multiple: int) -> Tensor | None:
    """True for the units on, and for the first dead ones up to a multiple; None where that is all of them."""
    on_n = gate_n.detach() != 0
    alive = int(on_n.sum())
    count = max(multiple, -(-alive // multiple) * multiple)
    return None if count >= on_n.numel() else on_n | ((~on_n).cumsum(0) <= count - alive)


def _places(taken_n: Tensor) -> Taken:
    indices_u = taken_n.nonzero().flatten()
    places_n = torch.where(taken_n, taken_n.cumsum(0) - 1, len(indices_u))
    return Taken(indices_u=indices_u, places_n=places_n)


class _Take(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor, indices_u: Tensor, places_n: Tensor) -> Tensor:
        ctx.save_for_backward(places_n)
        return tensor.index_select(0, indices_u)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Each row from where its gradient is, or from one of zeros: a third of the time of index_copy_."""
        (places_n,) = ctx.saved_tensors
        zeros = gradients[0].new_zeros(1, *gradients[0].shape[1:])
        return torch.cat([gradients[0], zeros]).index_select(0, places_n), None, None


class _PassOn(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x_BTH: Tensor, *left_out: Tensor) -> Tensor:
        ctx.like = [(tensor.shape, tensor.dtype, tensor.device) for tensor in left_out]
        return x_BTH.view_as(x_BTH)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        zeros = (torch.zeros(shape, dtype=dtype, device=device) for shape, dtype, device in ctx.like)
        return gradients[0], *zeros
