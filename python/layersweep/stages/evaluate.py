"""Stage `evaluate`: metrics on the reporting rows, structure and measured speed of a finished model."""

import json
import sys
from pathlib import Path
from typing import Any

from layersweep.data.metrics import majority_metrics, predictions, task_metrics
from layersweep.data.rows import Row
from layersweep.generated import wire
from layersweep.generated.tasks import TaskInfo
from layersweep.model.cut_classifier import CutClassifier
from layersweep.model.cutting import cut, load_cut
from layersweep.model.gate_values import Gates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.speed import measure_speed
from layersweep.runtime.context import StageContext
from layersweep.runtime.failures import requested
from layersweep.runtime.process import run_stage
from layersweep.stages.inputs import MODEL_FOLDER, load_teacher, open_task, tokenise
from layersweep.stages.pruned import structure_on_wire
from layersweep.stages.scoring import logits_of

PREDICTIONS_FILE = "predictions.jsonl"
CUT_CONFIG_FILE = "config.json"


def execute(context: StageContext) -> wire.Result:
    """Score the model on the reporting rows, time it beside the dense teacher, write each example's logits."""
    assert isinstance(context.request, wire.RequestEvaluate)
    config = context.request.config
    data = open_task(context, config.task)
    dense, tokenizer = load_teacher(context.input_dir("teacher"), data.info)
    model = _load(context.input_dir("model"), data.info)
    with requested():
        report = data.report()
    device, dtype = context.device, context.numerics.parameter_dtype
    model.to(device, dtype).eval()

    context.events.started(None)
    metrics: dict[str, float] = {}
    majority: dict[str, float] = {}
    lines: list[dict[str, Any]] = []
    for suffix, rows in report.items():
        tokenised = tokenise(rows, tokenizer, data.info, config.max_length)
        logits_NC = logits_of(
            lambda batch: model(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT),
            tokenised,
            context.numerics,
            context.stop_if_requested,
        )
        labels = [row.label for row in rows]
        found = task_metrics(data.info, predictions(data.info, logits_NC), labels)
        metrics.update({name + suffix: value for name, value in found.items()})
        majority.update({name + suffix: value for name, value in majority_metrics(data.info, labels).items()})
        lines.extend(_prediction(row, logits) for row, logits in zip(rows, logits_NC.tolist(), strict=True))
    _write_lines(context.stage_dir / PREDICTIONS_FILE, lines)
    speed_dtype = context.numerics.autocast_dtype or dtype
    smaller = model if isinstance(model, CutClassifier) else cut(model, Gates())
    structure = structure_on_wire(smaller)
    speed = measure_speed(
        cut(dense, Gates()).to(device, speed_dtype),
        smaller.to(device, speed_dtype),
        vocab_size=int(dense.hf_config.vocab_size),
        batch_size=config.speed.batch_size,
        sequence_length=config.speed.sequence_length,
        rounds=config.speed.rounds,
        device=device,
    )
    return wire.ResultEvaluate(
        key=context.request.key,
        provenance=context.provenance(0),
        split=config.task.split,
        metrics=metrics,
        primary_metric=data.info.primary_metric,
        examples=len(lines),
        majority_class=majority,
        structure=structure,
        speed=wire.ResultEvaluateSpeed(
            batch_size=speed.batch_size,
            sequence_length=speed.sequence_length,
            dense_seconds=speed.dense_seconds,
            cut_seconds=speed.cut_seconds,
            speedup=speed.speedup,
        ),
        predictions=PREDICTIONS_FILE,
    )


def _load(stage_dir: Path, task: TaskInfo) -> CutClassifier | MaskedClassifier:
    """The model of a prune or finetune stage, or the dense one of a teacher stage."""
    folder = stage_dir / MODEL_FOLDER
    if (folder / CUT_CONFIG_FILE).is_file() and "cut-classifier" in (folder / CUT_CONFIG_FILE).read_text("utf-8"):
        with requested():
            return load_cut(folder)
    model, _ = load_teacher(stage_dir, task)
    return model


def _prediction(row: Row, logits: list[float]) -> dict[str, Any]:
    return {"id": row.id, "logits": logits, "label": row.label}


def _write_lines(path: Path, documents: list[dict[str, Any]]) -> None:
    temporary = path.with_suffix(".partial")
    temporary.write_text("".join(json.dumps(document) + "\n" for document in documents), encoding="utf-8")
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(run_stage("evaluate", execute))
