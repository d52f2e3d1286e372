"""Data of the tasks: GLUE from a directory or the hub, the embedded sentiment sets, batches, metrics."""
