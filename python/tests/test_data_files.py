"""GLUE directories and embedded sets: what is read, and how each kind of bad file is answered."""

from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from real_glue import directory, needs_glue, request

from layersweep.data.embedded import document, read_embedded
from layersweep.data.rows import DataError, Row
from layersweep.data.splits import task_data
from layersweep.generated import wire


def write(root: Path, name: str, text: str | bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


@needs_glue
@pytest.mark.parametrize(
    ("name", "train", "dev"),
    [("cola", 8551, 1043), ("sst2", 67349, 872), ("mrpc", 3667, 408), ("rte", 2490, 277), ("stsb", 5749, 1500)],
)
def test_real_glue_files_are_read_whole(name: str, train: int, dev: int) -> None:
    data = task_data(directory(name), None)
    assert (len(data.train()), len(data.choose()), len(data.report()[""])) == (train, dev, dev)


@needs_glue
def test_a_task_without_training_file_can_be_evaluated_but_says_that_it_cannot_be_trained_on() -> None:
    data = task_data(directory("qnli"), None)
    assert len(data.report()[""]) == 5463
    with pytest.raises(DataError, match=r"QNLI/train\.tsv is missing: .* can be evaluated on, not trained on"):
        data.train()


def test_bom_crlf_and_quotes_are_what_they_are(tmp_path: Path) -> None:
    header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"
    write(tmp_path, "MRPC/dev.tsv", f'\ufeff{header}\r\n1\t10\t11\tHe said "no\tShe said ""no"\r\n')
    assert task_data(directory("mrpc", tmp_path), None).choose() == [Row("dev-2", 'He said "no', 'She said ""no"', 1)]


def test_a_line_separator_within_a_sentence_ends_no_line(tmp_path: Path) -> None:
    write(tmp_path, "SST-2/dev.tsv", "sentence\tlabel\na\u2028b\x85c\t1\n")
    assert [row.first for row in task_data(directory("sst2", tmp_path), None).choose()] == ["a\u2028b\x85c"]


@pytest.mark.parametrize(
    ("task", "file", "text", "message"),
    [
        ("sst2", "SST-2/dev.tsv", "", "SST-2/dev.tsv is empty"),
        ("sst2", "SST-2/dev.tsv", "sentence\tlabel\n", "SST-2/dev.tsv has a header and no rows"),
        (
            "sst2",
            "SST-2/dev.tsv",
            "sentence\tlabel\ngood\t1\nbad",
            "SST-2/dev.tsv, line 3: expected 2 tab-separated fields, found 1: 'bad'",
        ),
        (
            "sst2",
            "SST-2/dev.tsv",
            "sentence\tlabel\ngood\t2\n",
            "SST-2/dev.tsv, line 2: unknown label '2', expected 0 or 1",
        ),
        (
            "sst2",
            "SST-2/dev.tsv",
            "text\tlabel\ngood\t1\n",
            "SST-2/dev.tsv, line 1: the header has no column 'sentence'; found text, label",
        ),
        ("sst2", "SST-2/dev.tsv", "sentence\tlabel\n \t1\n", "SST-2/dev.tsv, line 2: a sentence is empty"),
        (
            "sst2",
            "SST-2/dev.tsv",
            b"sentence\tlabel\n\xff\t1\n",
            "SST-2/dev.tsv, line 2: expected UTF-8 text, found byte 0xff at position 1",
        ),
        (
            "stsb",
            "STS-B/dev.tsv",
            "sentence1\tsentence2\tscore\na\tb\t5.1\n",
            "STS-B/dev.tsv, line 2: unknown score '5.1', expected a number from 0 to 5",
        ),
        (
            "cola",
            "CoLA/dev.tsv",
            "gj04\t1\t\tFine.\ngj04\t\tNot fine.\n",
            "CoLA/dev.tsv, line 2: expected 4 tab-separated fields, found 3",
        ),
        ("rte", "CoLA/dev.tsv", "x", "No RTE in the GLUE directory: "),
        (
            "rte",
            "RTE/train.tsv",
            "x",
            "RTE/dev.tsv is missing: the directory is not in GLUE's layout, or is half-written",
        ),
    ],
)
def test_bad_files_are_named_with_line_and_finding(
    tmp_path: Path, task: str, file: str, text: str | bytes, message: str
) -> None:
    write(tmp_path, file, text)
    with pytest.raises(DataError) as caught:
        task_data(directory(task, tmp_path), None).choose()
    assert message in str(caught.value)


def test_mnli_reports_matched_and_mismatched_apart_and_chooses_on_matched(tmp_path: Path) -> None:
    header = "index\tgenre\tsentence1\tsentence2\tlabel1\tgold_label\n"
    write(tmp_path, "MNLI/train.tsv", header + "0\tg\ta\tb\tneutral\tneutral\n")
    write(tmp_path, "MNLI/dev_matched.tsv", header + "0\tg\tc\td\tneutral\tentailment\n")
    write(tmp_path, "MNLI/dev_mismatched.tsv", header + "0\tg\te\tf\tneutral\tcontradiction\n")
    data = task_data(directory("mnli", tmp_path), None)
    assert [row.label for row in data.train()] == [1]
    assert [row.first for row in data.choose()] == ["c"]
    report = data.report()
    assert {suffix: [(row.id, row.label) for row in rows] for suffix, rows in report.items()} == {
        "": [("dev-matched-2", 0)],
        "_mismatched": [("dev-mismatched-2", 2)],
    }


def test_the_known_short_rows_of_qqp_are_left_out_and_more_of_them_are_an_error(tmp_path: Path) -> None:
    header = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
    good, short = "1\t2\t3\ta?\tb?\t1\n", "1\t2\t3\ta?\n"
    write(tmp_path, "QQP/dev.tsv", header + good + short * 3)
    assert len(task_data(directory("qqp", tmp_path), None).choose()) == 1
    write(tmp_path, "QQP/dev.tsv", header + good + short * 4)
    with pytest.raises(DataError, match="line 6: expected 6 tab-separated fields, found 4"):
        task_data(directory("qqp", tmp_path), None).choose()


def saved_rte(folder: Path, names: list[str]) -> None:
    features = Features({"sentence1": Value("string"), "sentence2": Value("string"), "label": ClassLabel(names=names)})
    rows = Dataset.from_dict({"sentence1": ["a"], "sentence2": ["b"], "label": [1]}, features=features)
    DatasetDict({"train": rows, "validation": rows}).save_to_disk(str(folder))


def test_a_directory_that_save_to_disk_wrote_is_read(tmp_path: Path) -> None:
    saved_rte(tmp_path / "rte", ["entailment", "not_entailment"])
    assert task_data(directory("rte", tmp_path), None).choose() == [Row("dev-1", "a", "b", 1)]


def test_a_saved_dataset_with_labels_in_another_order_is_refused(tmp_path: Path) -> None:
    saved_rte(tmp_path, ["not_entailment", "entailment"])
    with pytest.raises(DataError, match="labels are not_entailment, entailment, expected entailment, not_entailment"):
        task_data(directory("rte", tmp_path), None).choose()


def test_the_hub_without_a_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub = wire.SourceHub(name="nyu-mll/glue", commit="0" * 40)
    with pytest.raises(DataError, match=r"Can't get nyu-mll/glue, configuration rte, .*save_to_disk"):
        task_data(request("rte", hub), None).choose()


def test_an_unknown_task_lists_the_known_ones() -> None:
    with pytest.raises(DataError, match="Unknown task 'sts-b': expected one of cola, sst2"):
        task_data(directory("sts-b", Path("/nowhere")), None)


def embedded_file(root: Path, lines: list[str]) -> Path:
    write(root, "amazonReviewSnippets_GroundTruth.txt", "\r\n".join(lines) + "\r\n")
    return root


def test_embedded_rows_are_rated_clearly_and_once(tmp_path: Path) -> None:
    lines = ["1_1\t0.5\tgood .", "1_2\t0.49\tmeh", "2_1\t-0.5\tbad", "2_2\t3\tGood  .", "3_1\t1\tso", "3_2\t-1\tso"]
    rows = read_embedded(embedded_file(tmp_path, lines), "amazon")
    assert [(row.id, row.label) for row in rows] == [("1_1", 1), ("2_1", 0)]


def test_embedded_documents_are_never_on_two_sides(tmp_path: Path) -> None:
    lines = [f"{number // 4}_{number % 4}\t2\ttext number {number}" for number in range(400)]
    data = task_data(request("amazon", wire.SourceEmbedded(), "heldout-train"), embedded_file(tmp_path, lines))
    parts = [data.train(), data.choose(), data.report()[""]]
    documents = [{document(row) for row in rows} for rows in parts]
    assert sum(len(part) for part in documents) == len(set.union(*documents)) == 100
    assert [len(rows) for rows in parts] == [320, 40, 40]


def test_embedded_sets_that_are_not_set_up_say_how() -> None:
    task = request("movies", wire.SourceEmbedded(), "heldout-train")
    with pytest.raises(DataError, match="npm run setup"):
        task_data(task, None).train()


def test_embedded_sets_have_their_own_split_only() -> None:
    with pytest.raises(DataError, match="movies has splits of its own"):
        task_data(request("movies", wire.SourceEmbedded(), "dev"), None)


def sentences(count: int) -> str:
    return "sentence\tlabel\n" + "".join(f"sentence {number // 2}\t{number % 2}\n" for number in range(count))


def test_heldout_rows_come_from_training_and_never_share_a_text_with_it(tmp_path: Path) -> None:
    write(tmp_path, "SST-2/train.tsv", sentences(1000))
    write(tmp_path, "SST-2/dev.tsv", sentences(10))
    data = task_data(directory("sst2", tmp_path, "heldout-train"), None)
    train, choose = data.train(), data.choose()
    assert len(train) + len(choose) == 1000
    assert 60 <= len(choose) <= 140
    assert not {row.first for row in train} & {row.first for row in choose}
    assert len(data.report()[""]) == 10


def test_dev_halves_share_no_row_and_are_the_whole_together(tmp_path: Path) -> None:
    write(tmp_path, "SST-2/dev.tsv", sentences(1000))
    data = task_data(directory("sst2", tmp_path, "split-dev"), None)
    choose, report = ({row.id for row in rows} for rows in (data.choose(), data.report()[""]))
    assert not choose & report
    assert len(choose | report) == 1000


def test_limits_keep_the_first_rows(tmp_path: Path) -> None:
    write(tmp_path, "SST-2/train.tsv", sentences(10))
    write(tmp_path, "SST-2/dev.tsv", sentences(10))
    data = task_data(directory("sst2", tmp_path, limit=3), None)
    assert [len(data.train()), len(data.choose()), len(data.report()[""])] == [3, 3, 3]
