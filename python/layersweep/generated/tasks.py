# @generated from src/glue by scripts/generate-wire.ts; `npm run generate` writes it anew
# fmt: off
# ruff: noqa: E501
"""The tasks: files, labels and metrics of each, and how the files of GLUE are read."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskInfo:
    name: str
    family: Literal["glue", "embedded"]
    directory: str | None  # in the standard GLUE layout; None for embedded sets
    files: tuple[str, ...]
    labels: tuple[str, ...] | None  # in the order of their ids; None for regression
    sentences: Literal[1, 2]
    metrics: tuple[str, ...]
    primary_metric: str


TASKS: dict[str, TaskInfo] = {
    "cola": TaskInfo(name="cola", family="glue", directory="CoLA", files=("train.tsv", "dev.tsv"), labels=("unacceptable", "acceptable"), sentences=1, metrics=("matthews_correlation", "accuracy"), primary_metric="matthews_correlation"),
    "sst2": TaskInfo(name="sst2", family="glue", directory="SST-2", files=("train.tsv", "dev.tsv"), labels=("negative", "positive"), sentences=1, metrics=("accuracy",), primary_metric="accuracy"),
    "mrpc": TaskInfo(name="mrpc", family="glue", directory="MRPC", files=("train.tsv", "dev.tsv"), labels=("not_equivalent", "equivalent"), sentences=2, metrics=("accuracy", "f1"), primary_metric="accuracy"),
    "stsb": TaskInfo(name="stsb", family="glue", directory="STS-B", files=("train.tsv", "dev.tsv"), labels=None, sentences=2, metrics=("combined_score", "pearson", "spearmanr"), primary_metric="combined_score"),
    "qqp": TaskInfo(name="qqp", family="glue", directory="QQP", files=("train.tsv", "dev.tsv"), labels=("not_duplicate", "duplicate"), sentences=2, metrics=("accuracy", "f1"), primary_metric="accuracy"),
    "mnli": TaskInfo(name="mnli", family="glue", directory="MNLI", files=("train.tsv", "dev_matched.tsv", "dev_mismatched.tsv"), labels=("entailment", "neutral", "contradiction"), sentences=2, metrics=("accuracy", "accuracy_mismatched"), primary_metric="accuracy"),
    "qnli": TaskInfo(name="qnli", family="glue", directory="QNLI", files=("train.tsv", "dev.tsv"), labels=("entailment", "not_entailment"), sentences=2, metrics=("accuracy",), primary_metric="accuracy"),
    "rte": TaskInfo(name="rte", family="glue", directory="RTE", files=("train.tsv", "dev.tsv"), labels=("entailment", "not_entailment"), sentences=2, metrics=("accuracy",), primary_metric="accuracy"),
    "movies": TaskInfo(name="movies", family="embedded", directory=None, files=(), labels=("negative", "positive"), sentences=1, metrics=("accuracy", "f1"), primary_metric="accuracy"),
    "tweets": TaskInfo(name="tweets", family="embedded", directory=None, files=(), labels=("negative", "positive"), sentences=1, metrics=("accuracy", "f1"), primary_metric="accuracy"),
    "amazon": TaskInfo(name="amazon", family="embedded", directory=None, files=(), labels=("negative", "positive"), sentences=1, metrics=("accuracy", "f1"), primary_metric="accuracy"),
    "nyt": TaskInfo(name="nyt", family="embedded", directory=None, files=(), labels=("negative", "positive"), sentences=1, metrics=("accuracy", "f1"), primary_metric="accuracy"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TableLayout:
    columns: tuple[str, ...]  # (sentence …, label) by the header, or by number where there is a width
    label_ids: dict[str, int] | None  # by their spelling in the files; None for scores
    width: int | None  # number of columns of files without header
    short_rows: int  # with missing fields, known of the original download; left out


TABLE_LAYOUTS: dict[str, TableLayout] = {
    "cola": TableLayout(columns=("3", "1"), label_ids={"0": 0, "1": 1}, width=4, short_rows=0),
    "sst2": TableLayout(columns=("sentence", "label"), label_ids={"0": 0, "1": 1}, width=None, short_rows=0),
    "mrpc": TableLayout(columns=("#1 String", "#2 String", "Quality"), label_ids={"0": 0, "1": 1}, width=None, short_rows=0),
    "qqp": TableLayout(columns=("question1", "question2", "is_duplicate"), label_ids={"0": 0, "1": 1}, width=None, short_rows=3),
    "stsb": TableLayout(columns=("sentence1", "sentence2", "score"), label_ids=None, width=None, short_rows=0),
    "mnli": TableLayout(columns=("sentence1", "sentence2", "gold_label"), label_ids={"entailment": 0, "neutral": 1, "contradiction": 2}, width=None, short_rows=0),
    "qnli": TableLayout(columns=("question", "sentence", "label"), label_ids={"entailment": 0, "not_entailment": 1}, width=None, short_rows=0),
    "rte": TableLayout(columns=("sentence1", "sentence2", "label"), label_ids={"entailment": 0, "not_entailment": 1}, width=None, short_rows=0),
}

SCORE_RANGE = (0.0, 5.0)
