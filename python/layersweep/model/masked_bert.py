"""BERT and RoBERTa sequence classification with gates, on the weights of a transformers model."""

from typing import Any

import torch
from torch import Tensor, nn

from layersweep.model.attention import attention_bias, dropout
from layersweep.model.gate_values import GATE_NAMES, GateConfig, GateName, Gates
from layersweep.model.masked_layer import MaskedPass, feed_forward, self_attention
from layersweep.model.masked_norm import hidden_pattern, masked_layer_norm
from layersweep.model.ops import ClassifierOutput, position_ids
from layersweep.model.skipping import layer_patterns


class MaskedClassifier(nn.Module):
    """Wraps a `BertForSequenceClassification` or `RobertaForSequenceClassification` and runs it under gates.

    Gates act where upstream has them: hidden gates on the embeddings and on both sublayers' outputs before and after
    their normalisation, head gates on each head's context, sublayer gates on the outputs of the two projections (bias
    included), intermediate gates after the activation. Gates before a linear map are folded into its weights, which is
    the same function and cheaper. A sublayer whose own gate is 0 passes its input on without normalisation.

    `skip_dead`: leave out what the gates turn off, after a look at them on the host; None: on a CPU only.
    """

    def __init__(self, model: Any, skip_dead: bool | None = None) -> None:
        super().__init__()
        self.skip_dead = skip_dead
        self.model: Any = model
        self.hf_config: Any = self.model.config
        self.model_type: str = self.hf_config.model_type

    @property
    def encoder(self) -> Any:
        """The transformers encoder: embeddings and layers."""
        return getattr(self.model, self.model_type)

    def set_dropout(self, probability: float) -> None:
        """Gives every dropout this probability, in place of its configuration's; what is cut from it keeps it."""
        config = self.hf_config
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = probability
        config.classifier_dropout = None
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = probability

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
        run = self._new_pass(attention_mask_BT, gates or Gates(), input_ids_BT.device)
        x_BTH = self._embed(input_ids_BT, token_type_ids_BT, run)
        states = [x_BTH]
        for index, layer in enumerate(self.encoder.encoder.layer):
            x_BTH = self_attention(layer, x_BTH, run, index)
            x_BTH = feed_forward(layer, x_BTH, run, index)
            states.append(x_BTH)
        return ClassifierOutput(logits_BC=self._classify(x_BTH), hidden_states=tuple(states))

    def _new_pass(self, attention_mask_BT: Tensor | None, gates: Gates, device: torch.device) -> MaskedPass:
        config = self.hf_config
        layers = config.num_hidden_layers
        head_size = config.hidden_size // config.num_attention_heads
        skip_dead = device.type == "cpu" if self.skip_dead is None else self.skip_dead
        return MaskedPass(
            gates=gates,
            hidden=None if gates.hidden_H is None else hidden_pattern(gates.hidden_H, look=skip_dead),
            layers=layer_patterns(gates, layers, head_size) if skip_dead else None,
            mask_B11T=attention_bias(attention_mask_BT),
            activation=config.hidden_act,
            head_size=head_size,
            attention_dropout=config.attention_probs_dropout_prob if self.training else 0.0,
            hidden_dropout=config.hidden_dropout_prob if self.training else 0.0,
        )

    def _embed(self, input_ids_BT: Tensor, token_type_ids_BT: Tensor | None, run: MaskedPass) -> Tensor:
        embeddings = self.encoder.embeddings
        positions = position_ids(input_ids_BT, self.model_type, self.hf_config.pad_token_id)
        x_BTH = embeddings.word_embeddings(input_ids_BT) + embeddings.position_embeddings(positions)
        if token_type_ids_BT is None:
            x_BTH = x_BTH + embeddings.token_type_embeddings.weight[0]
        else:
            x_BTH = x_BTH + embeddings.token_type_embeddings(token_type_ids_BT)
        if run.hidden is not None:
            x_BTH = x_BTH * run.hidden.hidden_H
        return dropout(masked_layer_norm(x_BTH, embeddings.LayerNorm, run.hidden), run.hidden_dropout)

    def _classify(self, x_BTH: Tensor) -> Tensor:
        if self.model_type == "roberta":
            logits: Tensor = self.model.classifier(x_BTH)
            return logits
        pooled_BH = self.encoder.pooler.dense(x_BTH[:, 0]).tanh()
        pooled_logits: Tensor = self.model.classifier(self.model.dropout(pooled_BH))
        return pooled_logits
