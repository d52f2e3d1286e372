"""GLUE from a directory in the layout of its download: TASK/train.tsv, TASK/dev.tsv."""

import math
from pathlib import Path

from layersweep.data.glue_layout import SPLIT_FILES
from layersweep.data.rows import DataError, Row
from layersweep.data.tsv import TsvLine, read_table
from layersweep.generated.tasks import SCORE_RANGE, TABLE_LAYOUTS, TableLayout, TaskInfo


def read_glue_directory(root: Path, task: TaskInfo, split: str) -> list[Row]:
    """The rows of a split (train, dev, dev-matched, dev-mismatched), ids `split-N` by line.

    `root` holds one folder a task. DataError, naming file and line, for anything that is not as expected.
    """
    folder = root / str(task.directory)
    if not folder.is_dir():
        found = sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
        what = f"holds {', '.join(found) or 'no folders'}" if root.is_dir() else "is no directory"
        raise DataError(f"No {task.directory} in the GLUE directory: {root} {what}")
    layout = TABLE_LAYOUTS[task.name]
    path = folder / SPLIT_FILES[split]
    if split == "train" and not path.exists() and folder.joinpath(task.files[-1]).exists():
        raise DataError(f"{path} is missing: {folder} can be evaluated on, not trained on")
    rows = []
    for line, values in read_table(path, layout.columns, layout.width, layout.short_rows):
        *sentences, label = values
        rows.append(
            Row(
                id=f"{split}-{line.number}",
                first=_sentence(line, sentences[0]),
                second=_sentence(line, sentences[1]) if len(sentences) > 1 else None,
                label=_label(line, label, layout),
            )
        )
    return rows


def _sentence(line: TsvLine, text: str) -> str:
    if not text.strip():
        raise line.error("a sentence is empty")
    return text


def _label(line: TsvLine, text: str, layout: TableLayout) -> float:
    if layout.label_ids is not None:
        if text not in layout.label_ids:
            raise line.error(f"unknown label {text!r}, expected {' or '.join(layout.label_ids)}")
        return layout.label_ids[text]
    low, high = SCORE_RANGE
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not low <= score <= high:
        raise line.error(f"unknown score {text!r}, expected a number from {low:g} to {high:g}")
    return score
