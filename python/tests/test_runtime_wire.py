"""The generated readers are strict and name what is wrong; writing and reading a document gives it back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layersweep.generated import wire
from layersweep.runtime import json_codec

TASK = {
    "name": "movies",
    "source": {"kind": "embedded"},
    "fingerprint": "f",
    "split": "heldout-train",
    "maxTrainExamples": None,
    "maxEvalExamples": 20,
}


def test_a_task_reads_into_snake_case_fields() -> None:
    task = wire.Task.from_json(TASK)
    assert (task.source, task.max_train_examples, task.max_eval_examples) == (wire.SourceEmbedded(), None, 20)
    assert json_codec.encode(task) == TASK


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"maxEvalExample": 3}, "$.maxEvalExample: expected no such field (known: name, source, fingerprint, split, "),
        ({"name": 7}, "$.name: expected a string, got 7"),
        ({"maxEvalExamples": 0}, "$.maxEvalExamples: expected at least 1, got 0"),
        ({"maxEvalExamples": 1.5}, "$.maxEvalExamples: expected an integer, got 1.5"),
        ({"maxEvalExamples": True}, "$.maxEvalExamples: expected an integer, got True"),
        ({"split": "test"}, "$.split: expected 'dev' or 'heldout-train' or 'split-dev', got 'test'"),
        ({"source": {"kind": "web"}}, "$.source.kind: expected 'embedded' or 'directory' or 'hub', got 'web'"),
        ({"source": {"kind": "directory"}}, "$.source.path: expected a value, got nothing"),
        (
            {"source": {"kind": "hub", "name": "glue", "commit": "main"}},
            "$.source.commit: expected a string that matches ^[0-9a-f]{40}$, got 'main'",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_path(change: dict[str, object], message: str) -> None:
    with pytest.raises(json_codec.WireError) as caught:
        wire.Task.from_json({**TASK, **change})
    assert str(caught.value).startswith(message)


def test_an_object_in_place_of_a_document_is_asked_for() -> None:
    with pytest.raises(json_codec.WireError, match=r"^\$: expected an object, got \[\]"):
        wire.read_request([])


@given(
    values=st.dictionaries(st.text(max_size=5), st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))),
    step=st.integers(0, 2**40),
    at_ms=st.floats(0, 1e15),
)
def test_an_event_written_as_json_reads_back_equal(values: dict[str, float | None], step: int, at_ms: float) -> None:
    event = wire.EventMetrics(at_ms=at_ms, step=step, values=values)
    assert wire.read_event(json.loads(json.dumps(json_codec.encode(event)))) == event


@given(
    drawn=st.lists(st.lists(st.integers(0, 11), max_size=4).map(tuple), max_size=3).map(tuple),
    steps=st.lists(st.integers(0, 100), max_size=3).map(tuple),
)
def test_nested_arrays_read_back_equal(drawn: tuple[tuple[int, ...], ...], steps: tuple[int, ...]) -> None:
    event = wire.EventChoices(at_ms=1.0, steps=steps, drawn_layers=drawn, alignments=drawn, steps_without_survivor=0)
    assert wire.read_event(json.loads(json.dumps(json_codec.encode(event)))) == event
