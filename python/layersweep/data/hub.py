"""GLUE through `datasets`: by its name on the hub, or a directory that `save_to_disk` wrote."""

import os
from pathlib import Path
from typing import Any

from layersweep.data.glue_layout import HUB_SENTENCES, HUB_SPLITS
from layersweep.data.rows import DataError, Row
from layersweep.generated.tasks import TaskInfo

SAVED_FILE = "dataset_dict.json"


def saved_dataset(root: Path, task: TaskInfo) -> Path | None:
    """The folder in or at `root` that `save_to_disk` wrote for the task, or None."""
    candidates = (root, root / task.name, root / str(task.directory))
    return next((path for path in candidates if (path / SAVED_FILE).is_file()), None)


def read_saved_dataset(folder: Path, task: TaskInfo, split: str) -> list[Row]:
    """The rows of a split of a dataset on disk."""
    from datasets import load_from_disk

    try:
        splits = load_from_disk(str(folder))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{folder} is damaged or half-written: {_first_line(error)}") from None
    return _rows(splits, task, split, str(folder))


def read_hub_dataset(name: str, commit: str, task: TaskInfo, split: str) -> list[Row]:
    """The rows of a split of a dataset on the hub, at a commit."""
    from datasets import load_dataset

    try:
        splits = load_dataset(name, task.name, revision=commit)
    except (OSError, ValueError) as error:
        offline = " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") == "1" else ""
        raise DataError(
            f"Can't get {name}, configuration {task.name}, at {commit} from the hub{offline}: {_first_line(error)}. "
            "Save it where there is a network with save_to_disk, and give its directory"
        ) from None
    return _rows(splits, task, split, f"{name}@{commit}")


def _rows(splits: Any, task: TaskInfo, split: str, source: str) -> list[Row]:
    name = HUB_SPLITS[split]
    if name not in splits:
        raise DataError(f"{source} has no split {name!r}; found {', '.join(splits)}")
    dataset = splits[name]
    columns = HUB_SENTENCES[task.name]
    missing = [column for column in (*columns, "label") if column not in dataset.column_names]
    if missing:
        raise DataError(f"{source}, {name}: no column {missing[0]!r}; found {', '.join(dataset.column_names)}")
    _check_label_order(dataset.features["label"], task, f"{source}, {name}")
    texts = [dataset[column] for column in columns]
    rows = []
    for index, label in enumerate(dataset["label"]):
        if task.labels is not None and label not in range(len(task.labels)):
            raise DataError(f"{source}, {name}, row {index}: label {label}, expected 0 to {len(task.labels) - 1}")
        second = texts[1][index] if len(columns) > 1 else None
        rows.append(Row(f"{split}-{index + 1}", texts[0][index], second, label))
    if not rows:
        raise DataError(f"{source}, {name}: no rows")
    return rows


def _check_label_order(feature: Any, task: TaskInfo, where: str) -> None:
    names = getattr(feature, "names", None)
    if names is not None and task.labels is not None and tuple(names) != task.labels:
        raise DataError(f"{where}: the labels are {', '.join(names)}, expected {', '.join(task.labels)} in this order")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
