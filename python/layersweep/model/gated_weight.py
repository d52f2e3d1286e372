"""Gates folded into the weight of a sublayer's last linear map."""

from typing import Any

import torch
from torch import Tensor

from layersweep.model.ops import product_type
from layersweep.model.skipping import Taken


def gated_weight(weight_HI: Tensor, gates_U: Tensor | None, rows_H: Tensor | None, taken: Taken | None) -> Tensor:
    """The columns of a weight that are taken (None: all), times the gates of its inputs and of its outputs. [H, U]

    In the type that the surrounding autocast, if any, multiplies in; the products and all gradients in the weight's
    own.
    """
    if gates_U is None and rows_H is None and taken is None:
        return weight_HI
    columns_U = None if taken is None else taken.indices_u
    result: Tensor = _GatedWeight.apply(weight_HI, gates_U, rows_H, columns_U)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return result


class _GatedWeight(torch.autograd.Function):
    """One function for all products, since the gradients of both kinds of gates then share a pass over the weight."""

    @staticmethod
    def forward(
        ctx: Any, weight_HI: Tensor, gates_U: Tensor | None, rows_H: Tensor | None, columns_U: Tensor | None
    ) -> Tensor:
        weight_HU = weight_HI if columns_U is None else weight_HI.index_select(1, columns_U)
        ctx.save_for_backward(weight_HU, gates_U, rows_H, columns_U)
        ctx.columns = weight_HI.shape[1]
        return product_type(_times_gates(weight_HU, gates_U, rows_H))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        weight_HU, gates_U, rows_H, columns_U = ctx.saved_tensors
        grad_HU = gradients[0].to(weight_HU.dtype)
        grad_weight = grad_gates_U = grad_rows_H = None
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[2]:
            product_HU = grad_HU * weight_HU
            if gates_U is not None:
                grad_gates_U = product_HU.sum(0) if rows_H is None else rows_H @ product_HU
            if rows_H is not None:
                grad_rows_H = product_HU.sum(1) if gates_U is None else product_HU @ gates_U
        if ctx.needs_input_grad[0]:
            grad_weight = _times_gates(grad_HU, gates_U, rows_H)
            if columns_U is not None:
                whole_HI = grad_weight.new_zeros(len(grad_weight), ctx.columns)
                grad_weight = whole_HI.scatter_(1, columns_U.expand(grad_weight.shape), grad_weight)
        return grad_weight, grad_gates_U, grad_rows_H, None


def _times_gates(x_HU: Tensor, gates_U: Tensor | None, rows_H: Tensor | None) -> Tensor:
    if gates_U is None:
        return x_HU if rows_H is None else x_HU * rows_H[:, None]
    product_HU = x_HU * gates_U
    return product_HU if rows_H is None else product_HU.mul_(rows_H[:, None])
