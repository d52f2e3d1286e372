"""RoBERTa through every stage: its own tokenizer, positions from behind the padding, no second token type, its head."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from stage_cases import (
    Workplace,
    evaluate_config,
    finetune_config,
    importance_config,
    prune_config,
    sparsity,
    task,
    teacher_config,
    training,
)
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from layersweep.data.splits import task_data
from layersweep.generated import wire
from layersweep.generated.wire import ExitCode
from layersweep.model.cutting import load_cut
from layersweep.model.gate_values import Gates
from layersweep.model.masked_bert import MaskedClassifier

LONGEST = 14
PADDING = 1


def rte(root: Path) -> dict[str, Any]:
    """Pairs of several lengths whose one telling word gives the label."""
    lines = ["index\tsentence1\tsentence2\tlabel"]
    for number in range(120):
        word, label = [("Yes,", "entailment"), ("never", "not_entailment")][number % 2]
        filler = " ".join(f"word{(number * step) % 13}" for step in range(1, 2 + number % 4))
        lines.append(f"{number}\t{word} it is so\t{filler}\t{label}")
    (root / "RTE").mkdir(parents=True)
    for file in ("train.tsv", "dev.tsv"):
        (root / "RTE" / file).write_text("\n".join(lines) + "\n")
    return task(name="rte", source={"kind": "directory", "path": str(root)}, split="dev")


def roberta(folder: Path, layers: int, hidden_size: int, texts: list[str]) -> dict[str, str]:
    """A random one as it is published: byte-level tokens, two rows of positions more than tokens, one token type."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(texts, vocab_size=330, special_tokens=special, show_progress=False)
    folder.mkdir()
    tokenizer.save_model(str(folder))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "RobertaTokenizer"}))
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        num_hidden_layers=layers,
        hidden_size=hidden_size,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=LONGEST + PADDING + 1,
        type_vocab_size=1,
        pad_token_id=PADDING,
        bos_token_id=0,
        eos_token_id=2,
        initializer_range=0.2,
    )
    torch.manual_seed(layers)
    RobertaForSequenceClassification(config).save_pretrained(folder)
    return {"source": "directory", "path": str(folder), "fingerprint": "0" * 64}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A teacher of four layers and a student of three narrower ones, through every stage."""
    place = Workplace(tmp_path_factory.mktemp("roberta"))
    data = rte(place.root / "glue")
    texts = (place.root / "glue/RTE/train.tsv").read_text().splitlines()
    large, small = (roberta(place.root / f"roberta-{n}", n, width, texts) for n, width in ((4, 24), (3, 16)))
    fit = {"maxLength": LONGEST, "learningRate": 3e-3}
    done = [
        place.run("teacher", "teacher", teacher_config(task=data, model=large, training=training(120, **fit))),
        place.run(
            "importance",
            "importance",
            importance_config("probe-accuracy", task=data, maxLength=LONGEST),
            {"teacher": "teacher"},
        ),
        place.run(
            "prune",
            "pruned",
            prune_config(
                "v4",
                task=data,
                model=small,
                studentStart="pretrained",
                training=training(40, **fit),
                sparsity=sparsity(0.5, gateLearningRate=0.3),
            ),
            {"teacher": "teacher"},
        ),
        place.run(
            "finetune",
            "finetuned",
            finetune_config("v4", task=data, training=training(10, **fit)),
            {"teacher": "teacher", "model": "pruned"},
        ),
        *(
            place.run(
                "evaluate",
                f"{model}-scored",
                evaluate_config(
                    task=data, maxLength=LONGEST, speed={"batchSize": 4, "sequenceLength": LONGEST, "rounds": 2}
                ),
                {"teacher": "teacher", "model": model},
            )
            for model in ("teacher", "finetuned")
        ),
    ]
    assert done == [ExitCode.DONE] * 6
    return place


def reported(place: Workplace) -> list[tuple[str, str | None]]:
    config = task(name="rte", source={"kind": "directory", "path": str(place.root / "glue")}, split="dev")
    return [(row.first, row.second) for row in task_data(wire.Task.from_json(config), None).report()[""]]


def predictions(place: Workplace, folder: str) -> torch.Tensor:
    lines = (place.root / folder / "predictions.jsonl").read_text().splitlines()
    return torch.tensor([json.loads(line)["logits"] for line in lines])


def tokens(place: Workplace) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(place.root / "teacher/model")
    firsts, seconds = zip(*reported(place), strict=True)
    return tokenizer(
        list(firsts), list(seconds), truncation=True, max_length=LONGEST, padding=True, return_tensors="pt"
    )


def test_the_teacher_answers_as_transformers_does_with_what_the_stage_left(place: Workplace) -> None:
    batch = tokens(place)
    assert len(set(batch["attention_mask"].sum(1).tolist())) > 2
    assert batch["input_ids"].shape[1] == LONGEST
    reference = AutoModelForSequenceClassification.from_pretrained(place.root / "teacher/model").eval()
    assert type(reference).__name__ == "RobertaForSequenceClassification"
    assert reference.config.id2label == {0: "entailment", 1: "not_entailment"}
    with torch.no_grad():
        expected = reference(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    torch.testing.assert_close(predictions(place, "teacher-scored"), expected, rtol=1e-4, atol=1e-5)
    assert place.result("teacher")["selection"]["accuracy"] > 0.9


def test_every_layer_s_importance_is_measured(place: Workplace) -> None:
    importance = place.result("importance")["importance"]
    assert len(importance) == 4
    assert max(importance) > 0.9


def test_a_shallower_narrower_student_is_cut_to_the_masked_model_s_logits(place: Workplace) -> None:
    structure = place.result("pruned")["structure"]
    assert structure["sparsity"] == pytest.approx(0.5, abs=0.05)
    assert {layer for match in place.choices("pruned")["alignments"] for layer in match} <= {-1, 0, 1, 2}
    batch = tokens(place)
    hf = RobertaForSequenceClassification(RobertaConfig.from_pretrained(place.root / "roberta-3"))
    hf.load_state_dict(load_file(place.root / "pruned/masked/model.safetensors"))
    gates = Gates(**load_file(place.root / "pruned/masked/gates.safetensors"))
    with torch.no_grad():
        masked = MaskedClassifier(hf).eval()(batch["input_ids"], batch["attention_mask"], gates=gates).logits_BC
        cut = load_cut(place.root / "pruned/model").logits(batch["input_ids"], batch["attention_mask"])
    assert (cut - masked).abs().max() <= 4e-5 * masked.abs().max()


def test_the_finetuned_model_is_scored_and_exported_with_the_same_logits(place: Workplace, tmp_path: Path) -> None:
    result = place.result("finetuned-scored")
    assert result["structure"] == place.result("pruned")["structure"]
    scored = predictions(place, "finetuned-scored")
    assert len(set(scored[:, 0].tolist())) > 10
    onnxruntime = pytest.importorskip("onnxruntime")
    export = pytest.importorskip("layersweep.model.onnx_export")
    export.export_onnx(load_cut(place.root / "finetuned/model"), tmp_path / "model.onnx")
    batch = tokens(place)
    inputs = {
        "input_ids": batch["input_ids"].numpy(),
        "attention_mask": batch["attention_mask"].numpy(),
        "token_type_ids": torch.zeros_like(batch["input_ids"]).numpy(),
    }
    (logits,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(["logits"], inputs)
    torch.testing.assert_close(torch.from_numpy(logits), scored, rtol=1e-4, atol=1e-5)
