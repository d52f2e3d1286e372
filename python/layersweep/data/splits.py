"""Which rows are trained on, which choose models, which are reported: fixed by hash, never by chance."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from layersweep.data.embedded import document, read_embedded
from layersweep.data.glue_directory import read_glue_directory
from layersweep.data.hub import read_hub_dataset, read_saved_dataset, saved_dataset
from layersweep.data.rows import DataError, Row
from layersweep.generated import wire
from layersweep.generated.tasks import TASKS, TaskInfo


@dataclass(frozen=True, slots=True)
class TaskData:
    """The rows of a task by use, each read when it is asked for."""

    info: TaskInfo
    train: Callable[[], list[Row]]
    choose: Callable[[], list[Row]]
    report: Callable[[], dict[str, list[Row]]]
    """By suffix of the metrics' names: "" for the main set, "_mismatched" for MNLI's second."""


def task_data(task: wire.Task, embedded_directory: Path | None) -> TaskData:
    """Rows of the request's task. DataError or ValueError for a task or split that there is not."""
    if task.name not in TASKS:
        raise DataError(f"Unknown task {task.name!r}: expected one of {', '.join(TASKS)}")
    info = TASKS[task.name]
    if info.family == "embedded":
        return _embedded(task, info, embedded_directory)
    return _glue(task, info)


def _embedded(task: wire.Task, info: TaskInfo, directory: Path | None) -> TaskData:
    if task.split != "heldout-train" or not isinstance(task.source, wire.SourceEmbedded):
        raise DataError(f"{task.name} has splits of its own: source 'embedded' and split 'heldout-train' expected")

    parts = cache(lambda: _parts(task.name, read_embedded(directory, task.name)))
    return TaskData(
        info=info,
        train=lambda: parts().train[: task.max_train_examples],
        choose=lambda: parts().choose[: task.max_eval_examples],
        report=lambda: {"": parts().report[: task.max_eval_examples]},
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    train: list[Row]
    choose: list[Row]
    report: list[Row]


def _parts(task: str, rows: list[Row]) -> _Parts:
    """Whole documents in the order of their hashes: a tenth of the rows chooses, the next tenth reports.

    The files list positive rows first, so rows are put in the order of their own hashes too.
    """
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[document(row)] = sizes.get(document(row), 0) + 1
    uses, before = {}, 0
    for name in sorted(sizes, key=lambda name: _hash(task, name)):
        uses[name] = min(before * 10 // len(rows), 2)
        before += sizes[name]
    shuffled = sorted(rows, key=lambda row: _hash(task, row.id))
    choose, report, train = ([row for row in shuffled if uses[document(row)] == use] for use in range(3))
    return _Parts(train, choose, report)


def _glue(task: wire.Task, info: TaskInfo) -> TaskData:
    dev = "dev-matched" if task.name == "mnli" else "dev"

    def train() -> list[Row]:
        rows = _read(task, info, "train")
        if task.split == "heldout-train":
            rows = [row for row in rows if _tenth(task.name, _texts(row)) != 9]
        return rows[: task.max_train_examples]

    def choose() -> list[Row]:
        if task.split == "heldout-train":
            rows = [row for row in _read(task, info, "train") if _tenth(task.name, _texts(row)) == 9]
        else:
            rows = _half(task, _read(task, info, dev), chooses=True)
        return rows[: task.max_eval_examples]

    def report() -> dict[str, list[Row]]:
        names = {"": dev, "_mismatched": "dev-mismatched"} if task.name == "mnli" else {"": dev}
        return {
            suffix: _half(task, _read(task, info, name), chooses=False)[: task.max_eval_examples]
            for suffix, name in names.items()
        }

    return TaskData(info=info, train=train, choose=choose, report=report)


def _half(task: wire.Task, rows: list[Row], *, chooses: bool) -> list[Row]:
    """One half of a dev set where the split asks for halves, else all of it."""
    if task.split != "split-dev":
        return rows
    return [row for row in rows if (_tenth(task.name, _texts(row)) < 5) == chooses]


def _read(task: wire.Task, info: TaskInfo, split: str) -> list[Row]:
    match task.source:
        case wire.SourceDirectory(path=path):
            saved = saved_dataset(Path(path), info)
            if saved is not None:
                return read_saved_dataset(saved, info, split)
            return read_glue_directory(Path(path), info, split)
        case wire.SourceHub(name=name, commit=commit):
            return read_hub_dataset(name, commit, info, split)
        case wire.SourceEmbedded():
            raise DataError(f"{task.name} is not among the embedded sets; give a GLUE directory or the hub")


def _texts(row: Row) -> str:
    """Rows of the same text fall on the same side."""
    return f"{row.first}\t{row.second or ''}"


def _tenth(task: str, unit: str) -> int:
    return _hash(task, unit) % 10


def _hash(task: str, unit: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{task}/{unit}".encode()).digest()[:8])
