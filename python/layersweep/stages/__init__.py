"""Stages as processes: `python -m layersweep.stages.teacher|prune|finetune|evaluate --request request.json`."""
