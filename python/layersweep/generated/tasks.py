# @generated from src/glue/tasks.ts by scripts/generate-wire.ts; `npm run generate` writes it anew
# fmt: off
# ruff: noqa: E501
"""The tasks: files, labels and metrics of each."""

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
