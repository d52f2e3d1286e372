"""Cutting a masked classifier to really smaller tensors, saving and loading it."""

import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from layersweep.model.cut_classifier import CutAttention, CutClassifier, CutFeedForward, CutOutput
from layersweep.model.cut_config import CutConfig
from layersweep.model.gate_values import Gates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.pretrained_weights import write_tensors
from layersweep.model.sparsity import structure_of

WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"


@torch.no_grad()
def cut(model: MaskedClassifier, gates: Gates, expected_sparsity: float | None = None) -> CutClassifier:
    """The classifier without what `gates` (deterministic ones) turn off; the values of the others are in its weights.

    Gives the masked model's logits up to rounding, and its hidden states on the dimensions left. On the device and in
    the type of the model; `Gates()` cuts nothing.
    """
    gates = gates.detach()
    result = (
        _empty(_config(model, gates, expected_sparsity)).to_empty(device=_like(model).device).to(_like(model).dtype)
    )
    hidden = _hidden(model, gates)
    _copy_embeddings(result, model.encoder.embeddings, hidden)
    targets: list[Any] = list(result.layers)
    for index, (target, source) in enumerate(zip(targets, model.encoder.encoder.layer, strict=True)):
        if target.attention is not None:
            _copy_attention(target.attention, source.attention, gates, hidden, index)
        if target.feed_forward is not None:
            _copy_feed_forward(target.feed_forward, source, gates, hidden, index)
    pooler, classifier = _head(model)
    _copy_linear(result.pooler, pooler.weight[:, hidden.indices], pooler.bias)
    _copy_linear(result.classifier, classifier.weight, classifier.bias)
    return result.train(model.training)


def save_cut(model: CutClassifier, directory: Path) -> None:
    """Write `model.safetensors` and `config.json`, which `load_cut` reads; the configuration last."""
    directory.mkdir(parents=True, exist_ok=True)
    write_tensors(model.state_dict(), directory / WEIGHTS_FILE)
    model.config.save(directory / CONFIG_FILE)


def load_cut(directory: Path | str) -> CutClassifier:
    """The cut classifier in a stage's `model` folder, on the CPU and in evaluation mode.

    ValueError, naming the file, where the folder holds none or is incomplete.
    """
    directory = Path(directory)
    model = _empty(CutConfig.load(directory / CONFIG_FILE))
    weights = directory / WEIGHTS_FILE
    try:
        tensors = load_file(weights)
    except (FileNotFoundError, SafetensorError) as error:
        raise ValueError(f"{weights} is missing or damaged: {error}") from None
    try:
        model.load_state_dict(tensors, assign=True)
    except RuntimeError as error:
        raise ValueError(f"{weights} does not fit the configuration beside it: {error}") from None
    model.embeddings.requires_grad_(False)
    return model.eval()


def _empty(config: CutConfig) -> CutClassifier:
    """A classifier without values, which draws no random numbers."""
    with torch.device("meta"), warnings.catch_warnings():
        # Where no hidden dimension is left, torch warns that initialising nothing does nothing.
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors")
        return CutClassifier(config)


class _Hidden:
    """Hidden dimensions left and the values of their gates."""

    def __init__(self, indices: Tensor, values: Tensor) -> None:
        self.indices = indices
        self.values = values


def _hidden(model: MaskedClassifier, gates: Gates) -> _Hidden:
    weight = model.encoder.embeddings.LayerNorm.weight
    values = torch.ones_like(weight) if gates.hidden_H is None else gates.hidden_H.to(weight)
    indices = values.nonzero().flatten()
    return _Hidden(indices, values[indices])


def _config(model: MaskedClassifier, gates: Gates, expected_sparsity: float | None) -> CutConfig:
    hf = model.hf_config
    dense = model.gate_config()
    left = structure_of(dense, gates)
    embeddings = model.encoder.embeddings
    classifier_dropout = hf.hidden_dropout_prob if hf.classifier_dropout is None else hf.classifier_dropout
    return CutConfig(
        model_type=model.model_type,
        vocab_size=embeddings.word_embeddings.num_embeddings,
        positions=embeddings.position_embeddings.num_embeddings,
        token_types=embeddings.token_type_embeddings.num_embeddings,
        hidden_indices=tuple(_hidden(model, gates).indices.tolist()),
        dense_hidden_size=dense.hidden_size,
        dense_intermediate_size=dense.intermediate_size,
        dense_heads=dense.heads,
        head_size=dense.head_size,
        heads_per_layer=left.heads_per_layer,
        intermediate_per_layer=left.intermediate_per_layer,
        attention_layers=left.attention_layers,
        feed_forward_layers=left.feed_forward_layers,
        activation=hf.hidden_act,
        layer_norm_eps=hf.layer_norm_eps,
        hidden_dropout=hf.hidden_dropout_prob,
        attention_dropout=hf.attention_probs_dropout_prob,
        classifier_dropout=classifier_dropout,
        padding_id=hf.pad_token_id,
        labels=tuple(hf.id2label[index] for index in range(hf.num_labels)),
        expected_sparsity=expected_sparsity,
    )


def _copy_embeddings(result: CutClassifier, source: Any, hidden: _Hidden) -> None:
    target = result.embeddings
    for table, original in (
        (target.word, source.word_embeddings),
        (target.position, source.position_embeddings),
        (target.token_type, source.token_type_embeddings),
    ):
        table.weight.copy_(original.weight[:, hidden.indices] * hidden.values)
    _copy_norm(target.LayerNorm, source.LayerNorm, hidden)


def _copy_attention(target: CutAttention, source: Any, gates: Gates, hidden: _Hidden, index: int) -> None:
    inner = source.self
    units = _units(gates.heads_LN, index, inner.num_attention_heads, inner.query.weight)
    units = units.repeat_interleave(inner.attention_head_size)
    alive = units.nonzero().flatten()
    if target.query_key_value is not None:
        parts = (inner.query, inner.key, inner.value)
        weight = torch.cat([part.weight[alive][:, hidden.indices] for part in parts])
        _copy_linear(target.query_key_value, weight, torch.cat([part.bias[alive] for part in parts]))
    _copy_output(target.output, source.output, units, _layer_gate(gates.attention_layer_L, index), hidden)


def _copy_feed_forward(target: CutFeedForward, source: Any, gates: Gates, hidden: _Hidden, index: int) -> None:
    dense = source.intermediate.dense
    units = _units(gates.intermediate_LI, index, dense.out_features, dense.weight)
    alive = units.nonzero().flatten()
    if target.intermediate is not None:
        _copy_linear(target.intermediate, dense.weight[alive][:, hidden.indices], dense.bias[alive])
    _copy_output(target.output, source.output, units, _layer_gate(gates.feed_forward_layer_L, index), hidden)


def _copy_output(target: CutOutput, source: Any, units: Tensor, layer_gate: float, hidden: _Hidden) -> None:
    rows = hidden.values * layer_gate
    if target.weight is not None:
        alive = units.nonzero().flatten()
        weight = source.dense.weight[hidden.indices][:, alive]
        target.weight.copy_(weight * units[alive] * rows[:, None])
    target.bias.copy_(source.dense.bias[hidden.indices] * rows)
    _copy_norm(target.LayerNorm, source.LayerNorm, hidden)


def _copy_norm(target: nn.LayerNorm, source: nn.LayerNorm, hidden: _Hidden) -> None:
    target.weight.copy_(source.weight[hidden.indices] * hidden.values)
    target.bias.copy_(source.bias[hidden.indices] * hidden.values)


def _copy_linear(target: nn.Linear, weight: Tensor, bias: Tensor) -> None:
    target.weight.copy_(weight)
    target.bias.copy_(bias)


def _units(gate_LU: Tensor | None, index: int, count: int, like: Tensor) -> Tensor:
    return torch.ones(count).to(like) if gate_LU is None else gate_LU[index].to(like)


def _layer_gate(gate_L: Tensor | None, index: int) -> float:
    return 1.0 if gate_L is None else float(gate_L[index])


def _head(model: MaskedClassifier) -> tuple[Any, Any]:
    if model.model_type == "roberta":
        return model.model.classifier.dense, model.model.classifier.out_proj
    return model.encoder.pooler.dense, model.model.classifier


def _like(model: nn.Module) -> Tensor:
    return next(model.parameters())
