"""Which columns of which GLUE file, and which of the hub's, hold sentences and label."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Columns of one task: (sentence …, label) in the download's files and in the hub's."""

    columns: tuple[str, ...]
    hub_columns: tuple[str, ...]
    label_ids: dict[str, int] | None
    """Class id by its spelling in the files; None for scores."""
    width: int | None = None
    """Number of columns of files without header, whose `columns` are numbers."""
    short_rows: int = 0
    """Rows with missing fields that the original download is known to hold; they are left out."""


BINARY = {"0": 0, "1": 1}
ENTAILMENT = {"entailment": 0, "not_entailment": 1}

LAYOUTS: dict[str, Layout] = {
    "cola": Layout(columns=("3", "1"), hub_columns=("sentence",), label_ids=BINARY, width=4),
    "sst2": Layout(columns=("sentence", "label"), hub_columns=("sentence",), label_ids=BINARY),
    "mrpc": Layout(
        columns=("#1 String", "#2 String", "Quality"), hub_columns=("sentence1", "sentence2"), label_ids=BINARY
    ),
    "qqp": Layout(
        columns=("question1", "question2", "is_duplicate"),
        hub_columns=("question1", "question2"),
        label_ids=BINARY,
        short_rows=3,
    ),
    "stsb": Layout(columns=("sentence1", "sentence2", "score"), hub_columns=("sentence1", "sentence2"), label_ids=None),
    "mnli": Layout(
        columns=("sentence1", "sentence2", "gold_label"),
        hub_columns=("premise", "hypothesis"),
        label_ids={"entailment": 0, "neutral": 1, "contradiction": 2},
    ),
    "qnli": Layout(
        columns=("question", "sentence", "label"), hub_columns=("question", "sentence"), label_ids=ENTAILMENT
    ),
    "rte": Layout(
        columns=("sentence1", "sentence2", "label"), hub_columns=("sentence1", "sentence2"), label_ids=ENTAILMENT
    ),
}

SCORE_RANGE = (0.0, 5.0)
"""STS-B's similarity scores."""

SPLIT_FILES = {
    "train": "train.tsv",
    "dev": "dev.tsv",
    "dev-matched": "dev_matched.tsv",
    "dev-mismatched": "dev_mismatched.tsv",
}

HUB_SPLITS = {
    "train": "train",
    "dev": "validation",
    "dev-matched": "validation_matched",
    "dev-mismatched": "validation_mismatched",
}
