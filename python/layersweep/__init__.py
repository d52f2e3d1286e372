"""layersweep's training backend: CoFi structured pruning with layer distillation on current transformers."""

from layersweep.runtime.memory import keep_freed_memory

keep_freed_memory()
