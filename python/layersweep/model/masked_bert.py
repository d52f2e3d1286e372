"""BERT and RoBERTa sequence classification with gates, on the weights of a transformers model."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from layersweep.model.gate_values import GATE_NAMES, GateConfig, GateName, Gates
from layersweep.model.masked_norm import HiddenPattern, hidden_pattern, masked_layer_norm
from layersweep.model.ops import ACTIVATIONS, ClassifierOutput, attend, attention_bias, position_ids


class MaskedClassifier(nn.Module):
    """Wraps a `BertForSequenceClassification` or `RobertaForSequenceClassification` and runs it under gates.

    Gates act where upstream has them: hidden gates on the embeddings and on both sublayers' outputs before and after
    their normalisation, head gates on each head's context, sublayer gates on the outputs of the two projections (bias
    included), intermediate gates after the activation. Gates before a linear map are folded into its weights, which is
    the same function and cheaper. A sublayer whose own gate is 0 passes its input on without normalisation.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model: Any = model
        self.hf_config: Any = self.model.config
        self.model_type: str = self.hf_config.model_type

    @property
    def encoder(self) -> Any:
        """The transformers encoder: embeddings and layers."""
        return getattr(self.model, self.model_type)

    def gate_config(self, gates: tuple[GateName, ...] = GATE_NAMES, **constants: float) -> GateConfig:
        """Gate shapes of this model; `constants` are the other fields of GateConfig."""
        config = self.hf_config
        return GateConfig(
            layers=config.num_hidden_layers,
            heads=config.num_attention_heads,
            head_size=config.hidden_size // config.num_attention_heads,
            hidden_size=config.hidden_size,
            intermediate_size=config.intermediate_size,
            gates=gates,
            **constants,
        )

    def forward(
        self,
        input_ids_BT: Tensor,
        attention_mask_BT: Tensor | None = None,
        token_type_ids_BT: Tensor | None = None,
        gates: Gates | None = None,
    ) -> ClassifierOutput:
        """Logits and all hidden states; without gates exactly the wrapped model's."""
        gates = gates or Gates()
        pattern = None if gates.hidden_H is None else hidden_pattern(gates.hidden_H)
        mask_B11T = attention_bias(attention_mask_BT)
        x_BTH = self._embed(input_ids_BT, token_type_ids_BT, pattern)
        states = [x_BTH]
        for index, layer in enumerate(self.encoder.encoder.layer):
            x_BTH = self._attention(layer.attention, x_BTH, mask_B11T, gates, pattern, index)
            x_BTH = self._feed_forward(layer, x_BTH, gates, pattern, index)
            states.append(x_BTH)
        return ClassifierOutput(logits_BC=self._classify(x_BTH), hidden_states=tuple(states))

    def _embed(self, input_ids_BT: Tensor, token_type_ids_BT: Tensor | None, pattern: HiddenPattern | None) -> Tensor:
        embeddings = self.encoder.embeddings
        positions = position_ids(input_ids_BT, self.model_type, self.hf_config.pad_token_id)
        x_BTH = embeddings.word_embeddings(input_ids_BT) + embeddings.position_embeddings(positions)
        if token_type_ids_BT is None:
            x_BTH = x_BTH + embeddings.token_type_embeddings.weight[0]
        else:
            x_BTH = x_BTH + embeddings.token_type_embeddings(token_type_ids_BT)
        if pattern is not None:
            x_BTH = x_BTH * pattern.hidden_H
        return self._dropout(masked_layer_norm(x_BTH, embeddings.LayerNorm, pattern))

    def _attention(
        self,
        attention: Any,
        x_BTH: Tensor,
        mask_B11T: Tensor | None,
        gates: Gates,
        pattern: HiddenPattern | None,
        index: int,
    ) -> Tensor:
        inner, output = attention.self, attention.output
        head_size = inner.attention_head_size
        context_BTA = attend(
            inner.query(x_BTH),
            inner.key(x_BTH),
            inner.value(x_BTH),
            mask_B11T,
            head_size,
            self.hf_config.attention_probs_dropout_prob if self.training else 0.0,
        )
        heads_A = None if gates.heads_LN is None else gates.heads_LN[index].repeat_interleave(head_size)
        layer_gate = None if gates.attention_layer_L is None else gates.attention_layer_L[index]
        return self._output(output, context_BTA, x_BTH, heads_A, layer_gate, pattern)

    def _feed_forward(
        self, layer: Any, x_BTH: Tensor, gates: Gates, pattern: HiddenPattern | None, index: int
    ) -> Tensor:
        inner_BTI = ACTIVATIONS[self.hf_config.hidden_act](layer.intermediate.dense(x_BTH))
        units_I = None if gates.intermediate_LI is None else gates.intermediate_LI[index]
        layer_gate = None if gates.feed_forward_layer_L is None else gates.feed_forward_layer_L[index]
        return self._output(layer.output, inner_BTI, x_BTH, units_I, layer_gate, pattern)

    def _output(
        self,
        output: Any,
        inner_BTU: Tensor,
        x_BTH: Tensor,
        units_U: Tensor | None,
        layer_gate: Tensor | None,
        pattern: HiddenPattern | None,
    ) -> Tensor:
        """Projection, residual and normalisation of a sublayer with U units under its gates."""
        weight_HU, bias_H = output.dense.weight, output.dense.bias
        rows_H = None if pattern is None else pattern.hidden_H
        if layer_gate is not None:
            rows_H = layer_gate.expand(weight_HU.shape[0]) if rows_H is None else rows_H * layer_gate
        if units_U is not None:
            weight_HU = weight_HU * units_U
        if rows_H is not None:
            weight_HU, bias_H = weight_HU * rows_H[:, None], bias_H * rows_H
        sublayer_BTH = self._dropout(F.linear(inner_BTU, weight_HU, bias_H))
        normed_BTH = masked_layer_norm(sublayer_BTH + x_BTH, output.LayerNorm, pattern)
        return normed_BTH if layer_gate is None else torch.where(layer_gate != 0, normed_BTH, x_BTH)

    def _classify(self, x_BTH: Tensor) -> Tensor:
        if self.model_type == "roberta":
            logits: Tensor = self.model.classifier(x_BTH)
            return logits
        pooled_BH = self.encoder.pooler.dense(x_BTH[:, 0]).tanh()
        pooled_logits: Tensor = self.model.classifier(self.model.dropout(pooled_BH))
        return pooled_logits

    def _dropout(self, x_BTH: Tensor) -> Tensor:
        return F.dropout(x_BTH, self.hf_config.hidden_dropout_prob, self.training)
