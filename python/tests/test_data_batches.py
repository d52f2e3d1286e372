"""Order of batches, padding, and metrics against their definitions."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from layersweep.data.metrics import majority_metrics, predictions, task_metrics
from layersweep.data.order import BatchOrder
from layersweep.data.rows import Row
from layersweep.data.tokens import TokenisedRows
from layersweep.generated.tasks import TASKS
from layersweep.model.pretrained import embedded_directory

batchings = st.sampled_from(["shuffled", "bucketed"])


@given(rows=st.integers(1, 300), batch=st.integers(1, 40), seed=st.integers(0, 2**53), batching=batchings)
def test_an_epoch_is_a_permutation_and_only_its_last_batch_is_smaller(
    rows: int, batch: int, seed: int, batching: str
) -> None:
    lengths = [(number * 7919) % 31 + 1 for number in range(rows)]
    order = BatchOrder(lengths, batch, seed, batching)  # type: ignore[arg-type]  # sampled from both literals
    for epoch in range(2):
        batches = [order.indices(epoch * order.steps_per_epoch + step) for step in range(order.steps_per_epoch)]
        assert sorted(index for batch_ in batches for index in batch_) == list(range(rows))
        assert all(len(batch_) == batch for batch_ in batches[:-1])


def test_the_order_is_a_function_of_seed_and_step_alone() -> None:
    first, second = (BatchOrder([1] * 100, 8, 5, "shuffled") for _ in range(2))
    forward = [first.indices(step) for step in range(40)]
    assert forward == [second.indices(step) for step in reversed(range(40))][::-1]
    assert forward != [BatchOrder([1] * 100, 8, 6, "shuffled").indices(step) for step in range(40)]
    assert forward[:13] != forward[13:26]


def test_bucketed_batches_hold_rows_of_like_length() -> None:
    lengths = torch.randint(1, 100, (1600,), generator=torch.Generator().manual_seed(0)).tolist()

    def padded(order: BatchOrder) -> int:
        batches = [order.indices(step) for step in range(order.steps_per_epoch)]
        return sum(max(lengths[index] for index in batch) * len(batch) for batch in batches)

    shuffled, bucketed = (
        padded(BatchOrder(lengths, 16, 0, "shuffled")),
        padded(BatchOrder(lengths, 16, 0, "bucketed")),
    )
    assert bucketed < 0.65 * shuffled


def tokenizer() -> object:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(embedded_directory(), local_files_only=True)


def test_batches_are_padded_to_their_longest_row_as_the_tokenizer_pads() -> None:
    rows = [Row("0", "a good film", None, 1), Row("1", "no", None, 0), Row("2", "word " * 50, None, 1)]
    tokens = tokenizer()
    tokenised = TokenisedRows(rows, tokens, 12, regression=False)
    for indices in ([0, 1], [1, 2, 0]):
        batch = tokenised.batch(indices)
        expected = tokens(  # type: ignore[operator]  # transformers has no types
            [rows[index].first for index in indices],
            padding=True,
            truncation=True,
            max_length=12,
            return_tensors="pt",
        )
        assert torch.equal(batch.input_ids_BT, expected["input_ids"])
        assert torch.equal(batch.attention_mask_BT, expected["attention_mask"])
        assert batch.labels_B.tolist() == [rows[index].label for index in indices]


def test_pairs_get_their_token_types_and_scores_stay_floats() -> None:
    tokenised = TokenisedRows([Row("0", "a b", "c", 3.5)], tokenizer(), 16, regression=True)
    batch = tokenised.batch([0])
    assert batch.token_type_ids_BT.tolist() == [[0, 0, 0, 0, 1, 1]]
    assert batch.labels_B.dtype is torch.float32
    assert batch.labels_B.item() == 3.5


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(pairs=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=60))
def test_class_metrics_follow_their_definitions(pairs: list[tuple[int, int]]) -> None:
    predicted, labels = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    counts = Counter(pairs)
    tp, fp, fn, tn = counts[1, 1], counts[1, 0], counts[0, 1], counts[0, 0]
    found = task_metrics(TASKS["mrpc"], predicted, labels.tolist())
    assert found["accuracy"] == pytest.approx((tp + tn) / len(pairs))
    assert found["f1"] == pytest.approx(2 * tp / (2 * tp + fp + fn) if tp else 0)
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    expected = (tp * tn - fp * fn) / product**0.5 if product else 0.0
    cola = task_metrics(TASKS["cola"], predicted, labels.tolist())
    assert cola["matthews_correlation"] == pytest.approx(expected)


def test_regression_is_scored_by_both_correlations_and_their_mean() -> None:
    task = TASKS["stsb"]
    predicted = predictions(task, np.array([[0.1], [0.4], [0.9]]))
    found = task_metrics(task, predicted, [1.0, 2.0, 4.0])
    assert found["spearmanr"] == pytest.approx(1)
    assert found["pearson"] == pytest.approx(float(np.corrcoef([0.1, 0.4, 0.9], [1, 2, 4])[0, 1]))
    assert found["combined_score"] == pytest.approx((found["spearmanr"] + found["pearson"]) / 2)


def test_a_constant_regression_correlates_zero_and_the_majority_class_is_scored() -> None:
    assert majority_metrics(TASKS["stsb"], [1.0, 2.0, 4.0]) == {"combined_score": 0, "pearson": 0, "spearmanr": 0}
    assert majority_metrics(TASKS["cola"], [1, 1, 0]) == {"matthews_correlation": 0, "accuracy": pytest.approx(2 / 3)}
    assert list(majority_metrics(TASKS["mnli"], [2, 1, 2])) == ["accuracy"]


def test_the_class_of_the_largest_logit_is_predicted() -> None:
    logits = np.array([[0.1, 0.9, 0.0], [3.0, -1.0, 2.0]])
    assert predictions(TASKS["mnli"], logits).tolist() == [1, 0]
