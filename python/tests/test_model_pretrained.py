"""Pretrained sources: the embedded model and its stacking, directories of every kind, random models, and refusals."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from model_cases import small_model

from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.pretrained import embedded_directory, load_pretrained, save_pretrained

RANDOM = {"source": "random", "layers": 2, "hiddenSize": 16, "heads": 4, "intermediateSize": 24, "seed": 3}
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json")


def test_the_embedded_model_is_the_packages() -> None:
    model, tokenizer = load_pretrained({"source": "embedded", "layers": 6, "fingerprint": "0" * 64}, 2, 0)
    from transformers import BertModel

    reference = BertModel.from_pretrained(embedded_directory()).eval()
    batch = tokenizer(["a fine film", "no"], padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = reference(**batch).last_hidden_state
        states = model(batch["input_ids"], batch["attention_mask"]).hidden_states
    real = batch["attention_mask"].bool()
    torch.testing.assert_close(states[-1][real], expected[real], rtol=1e-4, atol=1e-5)
    assert not model.training


def test_depth_twelve_repeats_the_six_layers_in_order_and_smaller_depths_are_the_first_ones() -> None:
    deep, _ = load_pretrained({"source": "embedded", "layers": 12}, 2, 0)
    shallow, _ = load_pretrained({"source": "embedded", "layers": 4}, 2, 0)
    deep_layers, shallow_layers = deep.encoder.encoder.layer, shallow.encoder.encoder.layer
    assert len(deep_layers) == 12
    assert len(shallow_layers) == 4
    for index in range(6):
        first, again = (dict(deep_layers[i].named_parameters()) for i in (index, index + 6))
        assert all(torch.equal(first[name], again[name]) for name in first)
        assert all(first[name].data_ptr() != again[name].data_ptr() for name in first)
    for index in range(4):
        pairs = zip(deep_layers[index].parameters(), shallow_layers[index].parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


def test_seeds_draw_the_classifier_and_leave_the_global_state_alone() -> None:
    state = torch.random.get_rng_state()
    first, again, other = (load_pretrained(RANDOM, 2, seed)[0].model.classifier.weight for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert torch.equal(state, torch.random.get_rng_state())
    assert not torch.equal(first, other)
    encoders = [load_pretrained(RANDOM, 2, seed)[0].encoder for seed in (1, 2)]
    assert all(torch.equal(a, b) for a, b in zip(*(e.parameters() for e in encoders), strict=True))


def write_model(directory: Path, model: MaskedClassifier) -> Path:
    """A transformers directory of the model with the embedded tokenizer."""
    directory.mkdir()
    model.model.save_pretrained(directory)
    for name in TOKENIZER_FILES:
        shutil.copy(embedded_directory() / name, directory / name)
    return directory


def edit_config(directory: Path, **changes: Any) -> None:
    path = directory / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    model, tokenizer = load_pretrained(RANDOM, 2, 0, ["negative", "positive"])
    directory = tmp_path / "model"
    save_pretrained(model, tokenizer, directory)
    return directory


def request(directory: Path) -> dict[str, str]:
    return {"source": "directory", "path": str(directory)}


def test_a_saved_classifier_comes_back_whole(saved: Path) -> None:
    original, tokenizer = load_pretrained(RANDOM, 2, 0)
    loaded, again = load_pretrained(request(saved), 2, 99, ["negative", "positive"])
    assert all(torch.equal(a, b) for a, b in zip(original.parameters(), loaded.parameters(), strict=True))
    assert again.get_vocab() == tokenizer.get_vocab()
    assert loaded.hf_config.id2label == {0: "negative", 1: "positive"}


def test_half_precision_and_old_names_are_read(saved: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = saved / "model.safetensors"
    weights = load_file(path)
    old = {
        name.replace("bert.", "", 1)
        .replace("Norm.weight", "Norm.gamma")
        .replace("Norm.bias", "Norm.beta"): tensor.half()
        for name, tensor in weights.items()
    }
    save_file(old, path)
    loaded, _ = load_pretrained(request(saved), 2, 0)
    assert loaded.model.classifier.weight.dtype == torch.float32
    torch.testing.assert_close(
        loaded.encoder.embeddings.LayerNorm.weight, weights["bert.embeddings.LayerNorm.weight"], rtol=1e-3, atol=1e-3
    )


def test_configurations_older_than_model_type_are_read(saved: Path) -> None:
    path = saved / "config.json"
    document = json.loads(path.read_text())
    del document["model_type"]
    for architectures in (["BertForPreTraining"], None):
        path.write_text(json.dumps({**document, "architectures": architectures}))
        assert load_pretrained(request(saved), 2, 0)[0].model_type == "bert"
    path.write_text(json.dumps({**document, "architectures": ["XLNetModel"]}))
    with pytest.raises(ValueError, match="model_type is None, expected bert or roberta"):
        load_pretrained(request(saved), 2, 0)


def test_shards_are_read(saved: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(saved / "model.safetensors")
    (saved / "model.safetensors").unlink()
    names = sorted(weights)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, keys in parts.items():
        save_file({key: weights[key] for key in keys}, saved / file)
    index = {"weight_map": {key: file for file, keys in parts.items() for key in keys}}
    (saved / "model.safetensors.index.json").write_text(json.dumps(index))
    loaded, _ = load_pretrained(request(saved), 2, 0)
    assert torch.equal(loaded.model.classifier.weight, weights["classifier.weight"])
    (saved / "b.safetensors").unlink()
    with pytest.raises(ValueError, match=r"No weights in .*: b\.safetensors is missing"):
        load_pretrained(request(saved), 2, 0)


def test_a_classifier_of_another_task_is_drawn_anew(saved: Path) -> None:
    three, _ = load_pretrained(request(saved), 3, 0, ["a", "b", "c"])
    assert three.model.classifier.weight.shape[0] == 3
    other, _ = load_pretrained(request(saved), 2, 5, ["entailment", "not_entailment"])
    same, _ = load_pretrained(request(saved), 2, 0, ["NEGATIVE", "positive"])
    assert not torch.equal(other.model.classifier.weight, same.model.classifier.weight)


def test_roberta_directories_are_read(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    model = small_model("roberta", dtype=torch.float32)
    vocabulary = {token: index for index, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", "Ġa", "b"])}
    tokenizer_files(tmp_path / "model", vocabulary)
    model.model.save_pretrained(tmp_path / "model")
    loaded, tokenizer = load_pretrained(request(tmp_path / "model"), 3, 0)
    assert isinstance(tokenizer, AutoTokenizer) or tokenizer.pad_token_id == 1
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), loaded.parameters(), strict=True))


def tokenizer_files(directory: Path, vocabulary: dict[str, int]) -> None:
    directory.mkdir()
    (directory / "vocab.json").write_text(json.dumps(vocabulary))
    (directory / "merges.txt").write_text("#version: 0.2\n")
    (directory / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "RobertaTokenizer"}))


def remove(name: str) -> Callable[[Path], None]:
    return lambda directory: (directory / name).unlink()


def truncate_weights(directory: Path) -> None:
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def pickle_only(directory: Path) -> None:
    (directory / "model.safetensors").rename(directory / "pytorch_model.bin")


def drop_tokenizer(directory: Path) -> None:
    for path in directory.iterdir():
        if path.name not in ("config.json", "model.safetensors"):
            path.unlink()


def drop_a_layer_weight(directory: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(directory / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "layer.1.attention.self.query" not in name}
    save_file(kept, directory / "model.safetensors")


def break_config(directory: Path) -> None:
    (directory / "config.json").write_text("{")


REFUSALS: list[tuple[Callable[[Path], None], str]] = [
    (remove("config.json"), r"No model in .*: config\.json is missing"),
    (remove("model.safetensors"), r"No weights in .*: model\.safetensors is missing"),
    (pickle_only, r"holds pytorch_model\.bin, a pickle .*save_pretrained\(DIR\)"),
    (truncate_weights, r"model\.safetensors is damaged or half-written"),
    (drop_tokenizer, r"holds no tokenizer"),
    (drop_a_layer_weight, r"lacks 2 weights of its configuration, bert\.encoder\.layer\.1\.attention\.self\.query"),
    (lambda d: edit_config(d, model_type="gpt2"), r"model_type is 'gpt2', expected bert or roberta"),
    (lambda d: edit_config(d, hidden_act="mish"), r"hidden_act 'mish' is not one of gelu"),
    (lambda d: edit_config(d, position_embedding_type="relative_key"), r"position_embedding_type 'relative_key'"),
    (lambda d: edit_config(d, num_attention_heads=5), r"hidden_size 16 does not divide into 5 heads"),
    (lambda d: edit_config(d, intermediate_size=25), r"has shape \[24\], config\.json asks for \[25\]|has shape"),
    (lambda d: edit_config(d, vocab_size=40_000), r"word_embeddings\.weight has shape"),
    (lambda d: edit_config(d, pad_token_id=5), r"pads with 0, the model expects 5"),
    (
        lambda d: edit_config(d, id2label={"0": "positive", "1": "negative"}),
        r"labels are positive, negative, the",
    ),
    (break_config, r"config\.json is no JSON"),
]


@pytest.mark.parametrize(("damage", "message"), REFUSALS, ids=[message[:30] for _, message in REFUSALS])
def test_what_cannot_be_loaded_says_why(saved: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(saved)
    with pytest.raises(ValueError, match=message):
        load_pretrained(request(saved), 2, 0, ["negative", "positive"])


def test_a_tokenizer_with_more_tokens_than_embeddings_is_refused(tmp_path: Path) -> None:
    directory = write_model(tmp_path / "model", small_model(dtype=torch.float32))
    with pytest.raises(ValueError, match="has 30522 tokens, the model embeds 50: they are not of one model"):
        load_pretrained(request(directory), 3, 0)


def test_a_hub_model_that_is_not_here_says_what_to_do() -> None:
    with pytest.raises(
        ValueError, match=r"Can't get someone/model@0{40} from the hub.*give its directory as the model"
    ):
        load_pretrained({"source": "hub", "name": "someone/model", "commit": "0" * 40}, 2, 0)


def test_a_random_model_whose_heads_do_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="hiddenSize 16 does not divide into 3 heads"):
        load_pretrained({**RANDOM, "heads": 3}, 2, 0)


def test_the_number_of_label_names_must_fit() -> None:
    with pytest.raises(ValueError, match="Expected 3 label names, got 2: a, b"):
        load_pretrained(RANDOM, 3, 0, ["a", "b"])
