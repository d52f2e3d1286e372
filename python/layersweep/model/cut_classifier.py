"""A BERT or RoBERTa classifier whose layers have the sizes that pruning left them."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from layersweep.model.attention import attend, attention_bias, dropout
from layersweep.model.cut_config import CutConfig
from layersweep.model.ops import ACTIVATIONS, ClassifierOutput, position_ids

PART_TOKENS = 2048
"""Tokens that are computed at a time on a CPU: their states stay in its caches, and no large tensor is mapped anew."""


class CutClassifier(nn.Module):
    """Same calls and outputs as `MaskedClassifier`, without gates: they are in the weights."""

    def __init__(self, config: CutConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = CutEmbeddings(config)
        self.layers = nn.ModuleList(CutLayer(config, index) for index in range(config.layers))
        self.pooler = nn.Linear(config.hidden_size, config.dense_hidden_size)
        self.classifier = nn.Linear(config.dense_hidden_size, len(config.labels))

    def forward(
        self, input_ids_BT: Tensor, attention_mask_BT: Tensor | None = None, token_type_ids_BT: Tensor | None = None
    ) -> ClassifierOutput:
        """Logits [B, C] and S + 1 hidden states [B, T, h], h the hidden dimensions left."""
        mask_B11T = attention_bias(attention_mask_BT)
        x_BTH = self.embeddings(input_ids_BT, token_type_ids_BT)
        states = [x_BTH]
        for layer in self.layers:
            x_BTH = layer(x_BTH, mask_B11T)
            states.append(x_BTH)
        return ClassifierOutput(logits_BC=self._classify(x_BTH[:, 0]), hidden_states=tuple(states))

    @torch.no_grad()
    def logits(
        self, input_ids_BT: Tensor, attention_mask_BT: Tensor | None = None, token_type_ids_BT: Tensor | None = None
    ) -> Tensor:
        """The logits [B, C] alone, without gradient. On a CPU the batch is computed in parts, which is faster."""
        batch, tokens = input_ids_BT.shape
        rows = batch if input_ids_BT.is_cuda else max(1, PART_TOKENS // max(1, tokens))
        parts = []
        for start in range(0, batch, rows):
            some = slice(start, start + rows)
            mask_BT = None if attention_mask_BT is None else attention_mask_BT[some]
            types_BT = None if token_type_ids_BT is None else token_type_ids_BT[some]
            parts.append(self._classify(self._last_state(input_ids_BT[some], mask_BT, types_BT)[:, 0]))
        return torch.cat(parts)

    def _last_state(
        self, input_ids_BT: Tensor, attention_mask_BT: Tensor | None, token_type_ids_BT: Tensor | None
    ) -> Tensor:
        mask_B11T = attention_bias(attention_mask_BT)
        x_BTH: Tensor = self.embeddings(input_ids_BT, token_type_ids_BT)
        for layer in self.layers:
            x_BTH = layer(x_BTH, mask_B11T)
        return x_BTH

    def _classify(self, first_BH: Tensor) -> Tensor:
        probability = self.config.classifier_dropout if self.training else 0.0
        if self.config.model_type == "roberta":
            first_BH = dropout(first_BH, probability)
        pooled_BH = dropout(self.pooler(first_BH).tanh(), probability)
        logits: Tensor = self.classifier(pooled_BH)
        return logits


class CutEmbeddings(nn.Module):
    """Sum of word, position and token-type embeddings, normalised. They take no gradient: CoFi never trains them."""

    def __init__(self, config: CutConfig) -> None:
        super().__init__()
        self.config = config
        self.word = nn.Embedding(config.vocab_size, config.hidden_size)
        self.position = nn.Embedding(config.positions, config.hidden_size)
        self.token_type = nn.Embedding(config.token_types, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.requires_grad_(False)

    def forward(self, input_ids_BT: Tensor, token_type_ids_BT: Tensor | None) -> Tensor:
        positions = position_ids(input_ids_BT, self.config.model_type, self.config.padding_id)
        x_BTH = self.word(input_ids_BT) + self.position(positions)
        x_BTH = x_BTH + (self.token_type.weight[0] if token_type_ids_BT is None else self.token_type(token_type_ids_BT))
        return dropout(self.LayerNorm(x_BTH), self.config.hidden_dropout if self.training else 0.0)


class CutLayer(nn.Module):
    """The sublayers of one layer that are left: both, one, or none (then the layer passes its input on)."""

    def __init__(self, config: CutConfig, index: int) -> None:
        super().__init__()
        width = config.heads_per_layer[index] * config.head_size
        units = config.intermediate_per_layer[index]
        self.attention = CutAttention(config, width) if config.attention_layers[index] else None
        self.feed_forward = CutFeedForward(config, units) if config.feed_forward_layers[index] else None

    def forward(self, x_BTH: Tensor, mask_B11T: Tensor | None) -> Tensor:
        if self.attention is not None:
            x_BTH = self.attention(x_BTH, mask_B11T)
        return x_BTH if self.feed_forward is None else self.feed_forward(x_BTH)


class CutAttention(nn.Module):
    """Self-attention of the heads left; query, key and value are one projection."""

    def __init__(self, config: CutConfig, width: int) -> None:
        super().__init__()
        self.config = config
        self.width = width
        self.query_key_value = nn.Linear(config.hidden_size, 3 * width) if width else None
        self.output = CutOutput(config, width)

    def forward(self, x_BTH: Tensor, mask_B11T: Tensor | None) -> Tensor:
        if self.query_key_value is None:
            unprojected: Tensor = self.output(None, x_BTH)
            return unprojected
        query, key, value = self.query_key_value(x_BTH).split(self.width, -1)
        probability = self.config.attention_dropout if self.training else 0.0
        result: Tensor = self.output(attend(query, key, value, mask_B11T, self.config.head_size, probability), x_BTH)
        return result


class CutFeedForward(nn.Module):
    """Feed-forward sublayer of the intermediate dimensions left."""

    def __init__(self, config: CutConfig, units: int) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[config.activation]
        self.intermediate = nn.Linear(config.hidden_size, units) if units else None
        self.output = CutOutput(config, units)

    def forward(self, x_BTH: Tensor) -> Tensor:
        inner = None if self.intermediate is None else self.activation(self.intermediate(x_BTH))
        result: Tensor = self.output(inner, x_BTH)
        return result


class CutOutput(nn.Module):
    """Projection to the hidden dimensions, residual, normalisation; without units only the projection's bias."""

    def __init__(self, config: CutConfig, units: int) -> None:
        super().__init__()
        self.dropout_probability = config.hidden_dropout
        self.weight = nn.Parameter(torch.empty(config.hidden_size, units)) if units else None
        self.bias = nn.Parameter(torch.empty(config.hidden_size))
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, inner_BTU: Tensor | None, x_BTH: Tensor) -> Tensor:
        if inner_BTU is None or self.weight is None:
            sublayer = self.bias.expand_as(x_BTH)
        else:
            sublayer = F.linear(inner_BTU, self.weight, self.bias)
        normed: Tensor = self.LayerNorm(dropout(sublayer, self.dropout_probability if self.training else 0.0) + x_BTH)
        return normed
