"""layersweep's training backend: CoFi structured pruning with layer distillation on current transformers."""
