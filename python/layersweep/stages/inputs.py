"""Models and data that a stage's request names, checked against each other before training starts."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from layersweep.data.order import BatchOrder
from layersweep.data.rows import Row
from layersweep.data.splits import TaskData, task_data
from layersweep.data.tokens import Batch, TokenisedRows
from layersweep.generated import wire
from layersweep.generated.tasks import TaskInfo
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.pretrained import load_pretrained
from layersweep.model.pretrained_config import read_config
from layersweep.runtime.context import StageContext
from layersweep.runtime.failures import bad_request, requested
from layersweep.runtime.json_codec import encode

MODEL_FOLDER = "model"


def open_task(context: StageContext, task: wire.Task) -> TaskData:
    """The task's rows, read when they are asked for."""
    with requested():
        return task_data(task, context.embedded_data_dir)


def load_model(
    config: wire.Model, task: TaskInfo, seed: int, *, finetuned: bool = False
) -> tuple[MaskedClassifier, Any]:
    """The pretrained classifier of the request's `model`, and its tokenizer; a `finetuned` one knows the task."""
    document = encode(config)
    assert isinstance(document, dict)
    with requested():
        return load_pretrained(document, num_labels(task), seed, task.labels, finetuned=finetuned)


def load_teacher(directory: Path, task: TaskInfo) -> tuple[MaskedClassifier, Any]:
    """The classifier that a teacher stage left in its folder, and its tokenizer.

    StageError where its labels are not the task's in the task's order: its answers would mean something else.
    """
    path = directory / MODEL_FOLDER
    with requested():
        _, classifier_fits = read_config(path, num_labels(task), task.labels)
        if not classifier_fits:
            wanted = "one score" if task.labels is None else f"the labels {', '.join(task.labels)}"
            raise bad_request(f"The teacher in {path} is of another task: {task.name} has {wanted}")
        return load_pretrained({"source": "directory", "path": str(path)}, num_labels(task), 0, task.labels)


def check_same_tokens(teacher: Any, student: Any) -> None:
    """Both read the same token ids, so their tokenizers must give the same ones."""
    if teacher.get_vocab() != student.get_vocab():
        raise bad_request(
            f"The teacher's tokenizer has {len(teacher)} tokens, the student's {len(student)}, and they differ: "
            "distillation needs models that read the same tokens"
        )


def num_labels(task: TaskInfo) -> int:
    """Width of the classifier: 1 for scores."""
    return 1 if task.labels is None else len(task.labels)


@dataclass(frozen=True, slots=True)
class Part:
    """One forward pass of an optimizer step, and its share of the step's rows."""

    batch: Batch
    share: float


@dataclass(frozen=True, slots=True)
class Rows:
    """A training stage's rows: those to train on in their order, and those that choose the model."""

    task: TaskInfo
    train: TokenisedRows
    choose: TokenisedRows
    order: BatchOrder
    micro_batch: int

    @property
    def regression(self) -> bool:
        """Whether labels are scores."""
        return self.task.labels is None

    def steps(self, duration: wire.Duration) -> int:
        """Optimizer steps of a phase; a started step counts."""
        match duration:
            case wire.DurationSteps(count=count):
                return count
            case wire.DurationEpochs(count=epochs):
                return math.ceil(epochs * self.order.steps_per_epoch - 1e-9)

    def parts(self, step: int, device: torch.device) -> Iterator[Part]:
        """The forward passes of a 0-based optimizer step."""
        indices = self.order.indices(step)
        for start in range(0, len(indices), self.micro_batch):
            some = indices[start : start + self.micro_batch]
            yield Part(self.train.batch(some).to(device), len(some) / len(indices))


def load_rows(data: TaskData, tokenizer: Any, training: wire.Training, data_order_seed: int) -> Rows:
    """Read and tokenise the rows of training and choosing. StageError for data or settings that cannot work."""
    if training.batch_size % training.accumulation_steps:
        raise bad_request(
            f"A batch of {training.batch_size} rows does not divide into {training.accumulation_steps} parts"
        )
    with requested():
        train_rows, choose_rows = data.train(), data.choose()
    train, choose = (tokenise(some, tokenizer, data.info, training.max_length) for some in (train_rows, choose_rows))
    return Rows(
        task=data.info,
        train=train,
        choose=choose,
        order=BatchOrder(train.lengths_N, training.batch_size, data_order_seed, training.batching),
        micro_batch=training.batch_size // training.accumulation_steps,
    )


def tokenise(rows: list[Row], tokenizer: Any, task: TaskInfo, max_length: int) -> TokenisedRows:
    """These rows as tokens. StageError where there are none."""
    if not rows:
        raise bad_request(f"{task.name}: no rows are left after the split and its limits")
    return TokenisedRows(rows, tokenizer, max_length, regression=task.labels is None)
