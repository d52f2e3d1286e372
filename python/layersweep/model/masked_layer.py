"""The two sublayers of a transformers BERT or RoBERTa layer under gates."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from layersweep.model.attention import attend, dropout
from layersweep.model.gate_values import Gates
from layersweep.model.gated_weight import gated_weight
from layersweep.model.masked_norm import HiddenPattern, masked_layer_norm
from layersweep.model.ops import ACTIVATIONS, product_type
from layersweep.model.skipping import LayerPattern, Taken, pass_on, take


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedPass:
    """What all layers of one forward pass share; dropout probabilities are 0 in evaluation."""

    gates: Gates
    hidden: HiddenPattern | None
    layers: list[LayerPattern] | None
    """What each layer has to compute; None: everything."""
    mask_B11T: Tensor | None
    activation: str
    head_size: int
    attention_dropout: float
    hidden_dropout: float


def self_attention(layer: Any, x_BTH: Tensor, run: MaskedPass, index: int) -> Tensor:
    """The attention sublayer of layer `index`: its input where its own gate is 0."""
    inner, output = layer.attention.self, layer.attention.output
    heads_A = None if run.gates.heads_LN is None else run.gates.heads_LN[index].repeat_interleave(run.head_size)
    layer_gate = None if run.gates.attention_layer_L is None else run.gates.attention_layer_L[index]
    columns = None
    if run.layers is not None:
        if not run.layers[index].attention:
            return pass_on(x_BTH, (layer.attention,), (heads_A, layer_gate))
        columns = run.layers[index].head_columns
    parts = (inner.query, inner.key, inner.value)
    weight = torch.cat([take(product_type(part.weight), columns) for part in parts])
    bias = torch.cat([take(part.bias, columns) for part in parts])
    query, key, value = F.linear(x_BTH, weight, bias).chunk(3, -1)
    context_BTA = attend(query, key, value, run.mask_B11T, run.head_size, run.attention_dropout)
    return _output(output, context_BTA, x_BTH, _Units(heads_A, columns), layer_gate, run)


def feed_forward(layer: Any, x_BTH: Tensor, run: MaskedPass, index: int) -> Tensor:
    """The feed-forward sublayer of layer `index`: its input where its own gate is 0."""
    units_I = None if run.gates.intermediate_LI is None else run.gates.intermediate_LI[index]
    layer_gate = None if run.gates.feed_forward_layer_L is None else run.gates.feed_forward_layer_L[index]
    columns = None
    if run.layers is not None:
        if not run.layers[index].feed_forward:
            return pass_on(x_BTH, (layer.intermediate, layer.output), (units_I, layer_gate))
        columns = run.layers[index].units
    dense = layer.intermediate.dense
    weight, bias = take(product_type(dense.weight), columns), take(dense.bias, columns)
    inner_BTI = ACTIVATIONS[run.activation](F.linear(x_BTH, weight, bias))
    return _output(layer.output, inner_BTI, x_BTH, _Units(units_I, columns), layer_gate, run)


@dataclass(frozen=True, slots=True)
class _Units:
    """Gates of a sublayer's U units, and which of them were computed; None: no gates, all."""

    gates_U: Tensor | None
    taken: Taken | None


def _output(
    output: Any, inner_BTU: Tensor, x_BTH: Tensor, units: _Units, layer_gate: Tensor | None, run: MaskedPass
) -> Tensor:
    """Projection, residual and normalisation of a sublayer under its gates."""
    bias_H, rows_H = output.dense.bias, None if run.hidden is None else run.hidden.hidden_H
    if layer_gate is not None:
        rows_H = layer_gate.expand(bias_H.shape) if rows_H is None else rows_H * layer_gate
    if rows_H is not None:
        bias_H = bias_H * rows_H
    gates_U = None if units.gates_U is None else take(units.gates_U, units.taken)
    weight_HU = gated_weight(output.dense.weight, gates_U, rows_H, units.taken)
    sublayer_BTH = dropout(F.linear(inner_BTU, weight_HU, bias_H), run.hidden_dropout)
    normed_BTH = masked_layer_norm(x_BTH, output.LayerNorm, run.hidden, sublayer_BTH)
    if layer_gate is None or run.layers is not None:
        return normed_BTH
    return torch.where(layer_gate != 0, normed_BTH, x_BTH)
