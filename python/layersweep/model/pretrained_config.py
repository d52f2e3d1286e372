"""A model directory's `config.json`, checked for what this project can run, and labelled for the task."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from layersweep.model.ops import ACTIVATIONS

MODEL_TYPES = ("bert", "roberta")


def read_config(directory: Path, num_labels: int, labels: Sequence[str] | None) -> tuple[Any, bool]:
    """The transformers configuration with the task's labels, and whether the file's own were the same."""
    from transformers import BertConfig, RobertaConfig

    path = directory / "config.json"
    if not path.is_file():
        raise ValueError(f"No model in {directory}: config.json is missing")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds a {type(found).__name__}, expected an object")
    model_type = found.get("model_type", _model_type_of_old(found))
    if model_type not in MODEL_TYPES:
        raise ValueError(f"{path}: model_type is {model_type!r}, expected {' or '.join(MODEL_TYPES)}")
    config = {"bert": BertConfig, "roberta": RobertaConfig}[model_type].from_dict(found)
    _check_supported(config, found, path)
    classifier_fits = _labels_fit(found, num_labels, labels, path)
    for name, value in label_fields(num_labels, labels).items():
        setattr(config, name, value)
    return config, classifier_fits


def label_fields(num_labels: int, labels: Sequence[str] | None) -> dict[str, Any]:
    """`id2label` and `label2id` of a task; LABEL_0 … where it has no names."""
    names = [f"LABEL_{index}" for index in range(num_labels)] if labels is None else list(labels)
    if len(names) != num_labels:
        raise ValueError(f"Expected {num_labels} label names, got {len(names)}: {', '.join(names)}")
    return {"id2label": dict(enumerate(names)), "label2id": {name: index for index, name in enumerate(names)}}


def _model_type_of_old(found: dict[str, Any]) -> str | None:
    """BERT's own files and TinyBERT's say no model_type: they are known by their architecture or by BERT's fields."""
    architectures = " ".join(str(name) for name in found.get("architectures") or [])
    if not architectures:
        return "bert" if {"hidden_size", "num_attention_heads", "type_vocab_size"} <= found.keys() else None
    return "roberta" if architectures.startswith("Roberta") else "bert" if architectures.startswith("Bert") else None


def _check_supported(config: Any, found: dict[str, Any], path: Path) -> None:
    if config.hidden_act not in ACTIVATIONS:
        raise ValueError(f"{path}: hidden_act {config.hidden_act!r} is not one of {', '.join(ACTIVATIONS)}")
    if found.get("position_embedding_type", "absolute") != "absolute":
        raise ValueError(f"{path}: position_embedding_type {found['position_embedding_type']!r}, expected 'absolute'")
    if config.hidden_size % config.num_attention_heads:
        raise ValueError(
            f"{path}: hidden_size {config.hidden_size} does not divide into {config.num_attention_heads} heads"
        )


def _labels_fit(found: dict[str, Any], num_labels: int, labels: Sequence[str] | None, path: Path) -> bool:
    """Whether a classifier of the found labels is one of this task; the same labels in another order are refused."""
    names = [str(name).lower() for _, name in sorted(found.get("id2label", {}).items(), key=lambda pair: int(pair[0]))]
    anonymous = [f"label_{index}" for index in range(len(names))]
    if labels is None or not names or names == anonymous:
        return not names or len(names) == num_labels
    wanted = [label.lower() for label in labels]
    if sorted(names) == sorted(wanted) and names != wanted:
        raise ValueError(
            f"{path}: the classifier's labels are {', '.join(names)}, the task's {', '.join(wanted)}: the same in "
            "another order. Reorder the rows of its classifier and id2label, or leave the classifier out"
        )
    return names == wanted
