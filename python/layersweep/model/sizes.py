"""Prunable, expected and alive parameters, as upstream counts: no LayerNorms, embeddings, pooler or classifier."""

import torch
from torch import Tensor

from layersweep.model.gate_values import GateConfig, Gates


def prunable_size(config: GateConfig) -> int:
    """Parameters of all attention and feed-forward sublayers, biases included: 85,017,600 for BERT-base."""
    return config.layers * (_attention_size(config) + _feed_forward_size(config))


def expected_size(config: GateConfig, keep: Gates) -> Tensor:
    """Expected number of parameters left, given the keep probabilities of the gates. []

    With hidden gates: sum p_hidden * sum (p_attention p_head) * head size / H + 2 * sum p_hidden * sum (p_feed-forward
    p_intermediate). Without: sum (p_attention p_head) * head size + sum (p_feed-forward p_intermediate) *
    floor(feed-forward size / I). An absent gate counts as kept.
    """
    heads_LN, intermediate_LI, hidden_H = _units(config, keep)
    head_size = _attention_size(config) // config.heads
    if keep.hidden_H is None:
        return heads_LN.sum() * head_size + intermediate_LI.sum() * (
            _feed_forward_size(config) // config.intermediate_size
        )
    hidden = hidden_H.sum()
    return hidden * heads_LN.sum() * (head_size / config.hidden_size) + 2 * hidden * intermediate_LI.sum()


def alive_size(config: GateConfig, gates: Gates) -> int:
    """Parameters left under deterministic gates.

    Alive (head, hidden) pairs * head size * 4 + alive (intermediate, hidden) pairs * 2. Biases are not counted,
    so a dense BERT-base has 84,934,656, 0.0976% less than its prunable size.
    """
    heads_LN, intermediate_LI, hidden_H = (int((unit != 0).sum()) for unit in _units(config, gates))
    return hidden_H * (heads_LN * config.head_size * 4 + intermediate_LI * 2)


def _units(config: GateConfig, gates: Gates) -> tuple[Tensor, Tensor, Tensor]:
    """Products of unit and sublayer gates per head, intermediate and hidden dimension."""
    device = next((value.device for _, value in gates.named()), None)

    def or_ones(value: Tensor | None, *shape: int) -> Tensor:
        return torch.ones(shape, device=device) if value is None else value

    heads_LN = or_ones(gates.heads_LN, config.layers, config.heads)
    intermediate_LI = or_ones(gates.intermediate_LI, config.layers, config.intermediate_size)
    attention_L = or_ones(gates.attention_layer_L, config.layers)
    feed_forward_L = or_ones(gates.feed_forward_layer_L, config.layers)
    hidden_H = or_ones(gates.hidden_H, config.hidden_size)
    return heads_LN * attention_L[:, None], intermediate_LI * feed_forward_L[:, None], hidden_H


def _attention_size(config: GateConfig) -> int:
    hidden, width = config.hidden_size, config.heads * config.head_size
    return 4 * hidden * width + 3 * width + hidden


def _feed_forward_size(config: GateConfig) -> int:
    hidden, intermediate = config.hidden_size, config.intermediate_size
    return 2 * hidden * intermediate + hidden + intermediate
