"""How a stage process runs: requests, events, checkpoints, failures, determinism, generated modules."""
