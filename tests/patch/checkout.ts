import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A checkout with the shape of upstream's, in our own words; its trainer uses `random` without importing it. */
export function makeCheckout(changes: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'layersweep-checkout-'));
  for (const [file, text] of Object.entries({ ...files, ...changes })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

export const trainer = `import math
import logging
from typing import (Any,
                    List)

import torch

logger = logging.getLogger(__name__)
tasks = {"cola": "matthews_correlation",
         "rte": "accuracy"}


class Counter():
    def count(self):
        return math.inf


class CoFiTrainer:
    def __init__(self, additional_args: Any, args: Any, model: Any):
        self.additional_args, self.args, self.model = additional_args, args, model
        self.global_step = 0

    def calculate_layer_distillation_loss(self, teacher_outputs, student_outputs, zs):
        # Draws a layer and compares it.
        layer = random.sample(range(12), 1)[0]
        text = [
            "not the end"
        ]

        return torch.nn.functional.mse_loss(teacher_outputs[2][layer + 1], student_outputs[2][layer + 1])

    def calculate_distillation_loss(self, teacher_outputs, student_outputs, zs):
        return self.calculate_layer_distillation_loss(teacher_outputs, student_outputs, zs)
`;

const files: Readonly<Record<string, string>> = {
  'trainer/trainer.py': trainer,
  'args.py': 'class AdditionalArguments:\n    layer_distill_version: int = field(default=4, metadata={})\n',
  'scripts/run_CoFi.sh':
    'layer_distill_version=\x24{9}\npython run.py --layer_distill_version $layer_distill_version\n',
};
