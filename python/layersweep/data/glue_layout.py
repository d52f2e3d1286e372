"""What GLUE's files, and the hub's splits and columns, are called."""

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

HUB_SENTENCES = {
    "cola": ("sentence",),
    "sst2": ("sentence",),
    "mrpc": ("sentence1", "sentence2"),
    "qqp": ("question1", "question2"),
    "stsb": ("sentence1", "sentence2"),
    "mnli": ("premise", "hypothesis"),
    "qnli": ("question", "sentence"),
    "rte": ("sentence1", "sentence2"),
}
