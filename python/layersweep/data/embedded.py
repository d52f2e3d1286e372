"""The four sentiment sets of vaderSentiment 3.3.2 (Hutto & Gilbert, ICWSM 2014; MIT), with mean human ratings.

A rating of at least +0.5 makes a row positive, of at most -0.5 negative; rows between are left out.
"""

from pathlib import Path

from layersweep.data.rows import DataError, Row
from layersweep.data.tsv import read_table

FILES = {
    "movies": "movieReviewSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
    "amazon": "amazonReviewSnippets_GroundTruth.txt",
    "nyt": "nytEditorialSnippets_GroundTruth.txt",
}
THRESHOLD = 0.5


def read_embedded(directory: Path | None, task: str) -> list[Row]:
    """All labelled rows of a set, each text once; the id is the file's (`document_sentence` for amazon and nyt).

    A text that occurs with both labels is left out.
    """
    if directory is None:
        raise DataError("The embedded sets are not set up: run `npm run setup`")
    path = directory / FILES[task]
    if not path.exists():
        raise DataError(f"{path} is missing: run `npm run setup`, which unpacks the embedded sets")
    labels: dict[str, set[int]] = {}
    rows = []
    for line, (name, rating_text, text) in read_table(path, ("0", "1", "2"), 3):
        try:
            rating = float(rating_text)
        except ValueError:
            raise line.error(f"expected a rating, found {rating_text!r}") from None
        if abs(rating) < THRESHOLD:
            continue
        label = int(rating > 0)
        seen = labels.setdefault(_plain(text), set())
        if not seen:
            rows.append(Row(name, text.strip(), None, label))
        seen.add(label)
    return [row for row in rows if len(labels[_plain(row.first)]) == 1]


def document(row: Row) -> str:
    """The document that a row is a sentence of."""
    return row.id.split("_")[0]


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
