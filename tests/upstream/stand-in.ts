import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A program with upstream's command line, files and log, in our own words: it trains nothing, and says what its
 * arguments come to. Layer losses are computed by the trainer's own method, so that a patch shows in the log.
 */
export function makeStandIn(changes: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'layersweep-stand-in-'));
  for (const [file, text] of Object.entries({ ...files, ...changes })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

/** A folder that passes for a teacher or a student of BERT-base's shape. */
export function makeModel(dir: string, config: Readonly<Record<string, unknown>> = {}): string {
  mkdirSync(dir, { recursive: true });
  const shape = { model_type: 'bert', num_hidden_layers: 12, hidden_size: 768, vocab_size: 30522 };
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ ...shape, ...config }));
  writeFileSync(join(dir, 'pytorch_model.bin'), 'weights');
  return dir;
}

export const trainer = `import logging
import math
import sys

import torch

logger = logging.getLogger(__name__)
glue_tasks = {"mnli": "mnli/acc", "mrpc": "accuracy", "rte": "accuracy", "stsb": "corr"}


class CoFiTrainer:
    def __init__(self, args, additional_args, model, l0_module):
        self.args, self.additional_args, self.model, self.l0_module = args, additional_args, model, l0_module
        self.global_step = 0
        self.prepruning_finetune_steps = 100

    def save_model(self):
        torch.save(self.l0_module.forward(training=False), self.args.output_dir + "/zs.pt")

    def calculate_layer_distillation_loss(self, teacher_outputs, student_outputs, zs):
        sys.exit("the method was not replaced")
`;

const argumentsFile = `import argparse

VALUES = """output_dir task_name model_name_or_path tokenizer_name model_revision ex_name max_seq_length
per_device_train_batch_size per_device_eval_batch_size learning_rate reg_learning_rate num_train_epochs max_steps
save_steps eval_steps logging_steps evaluation_strategy seed pruning_type pretrained_pruned_model target_sparsity
sparsity_epsilon distillation_path distill_ce_loss_alpha distill_loss_alpha distill_temp scheduler_type temperature
layer_distill_version prepruning_finetune_epochs lagrangian_warmup_epochs weight_decay max_grad_norm
max_train_samples max_eval_samples disable_tqdm""".split()


def parse():
    parser = argparse.ArgumentParser()
    for name in VALUES:
        parser.add_argument("--" + name)
    for name in ["do_train", "do_eval", "overwrite_output_dir", "freeze_embeddings", "do_distill", "do_layer_distill"]:
        parser.add_argument("--" + name, action="store_true")
    args = parser.parse_args()
    args.seed = int(args.seed)
    return args
`;

const program = `import json
import logging
import os
import sys
import time
from types import SimpleNamespace as Some

import torch
from args import parse
from trainer.trainer import CoFiTrainer
from utils.cofi_utils import load_zs

logging.basicConfig(
    format="%(asctime)s - %(levelname)s - %(name)s - %(message)s",
    datefmt="%m/%d/%Y %H:%M:%S",
    handlers=[logging.StreamHandler(sys.stdout)],
    level=logging.INFO,
)
logger = logging.getLogger("trainer.trainer")
mode = os.environ.get("STAND_IN", "")
LAYERS, HEADS, HIDDEN, INNER, PRUNABLE = 12, 12, 768, 3072, 85017600


def gates():
    on = {"head_layer_z": torch.ones(LAYERS), "mlp_z": torch.ones(LAYERS), "hidden_z": torch.ones(HIDDEN)}
    on["head_z"] = torch.ones(LAYERS, 1, HEADS, 1, 1)
    on["intermediate_z"] = torch.ones(LAYERS, 1, 1, INNER)
    on["head_layer_z"][4:8] = 0
    on["mlp_z"][5:7] = 0
    on["head_z"][:, :, 2:] = 0
    on["intermediate_z"][:, :, :, 200:] = 0
    on["hidden_z"][700:] = 0
    return on


class L0Module:
    def forward(self, training):
        return gates()


def size_of(zs):
    hidden = int(zs["hidden_z"].sum())
    heads = (zs["head_z"].flatten(1) * zs["head_layer_z"][:, None]).sum().item()
    inner = (zs["intermediate_z"].flatten(1) * zs["mlp_z"][:, None]).sum().item()
    left = int(heads * hidden * 64 * 4 + inner * hidden * 2)
    return {
        "head_layers": zs["head_layer_z"].int().tolist(), "mlp_layers": zs["mlp_z"].int().tolist(),
        "hidden_dims": hidden, "pruned_params": PRUNABLE - left, "remaining_params": left,
        "pruned_model_sparsity": 1 - left / PRUNABLE,
    }


def save(folder, zs):
    os.makedirs(folder, exist_ok=True)
    if zs is not None:
        torch.save(zs, folder + "/zs.pt")
    with open(folder + "/pytorch_model.bin", "w") as file:
        file.write("weights")
    with open(folder + "/config.json", "w") as file:
        shape = {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
        json.dump({**shape, "hidden_size": HIDDEN, "intermediate_size": INNER}, file)


def match_layers(trainer, zs):
    teacher = tuple(torch.full((1, 2, 4), float(layer)) for layer in range(LAYERS + 1))
    student = tuple(torch.full((1, 2, 4), layer + 0.25) for layer in range(LAYERS + 1))
    return trainer.calculate_layer_distillation_loss((None, None, teacher), (None, None, student), zs)


def evaluate(trainer, step, score, zs, begun):
    metrics = {"accuracy": score, "eval_loss": float("nan")}
    if begun:
        sparsity = 0.5 if mode == "dense" else float(trainer.args.target_sparsity) * min(1, (step - 100) / 200)
        metrics.update(size_of(zs), expected_sparsity=round(sparsity, 5), target_sparsity=0.95)
    metrics["step"] = step
    logger.info("Evaluating: " + str(metrics))
    return metrics.get("expected_sparsity", 0)


def main():
    args = parse()
    os.makedirs(args.output_dir, exist_ok=True)
    assert os.path.exists("glue.py"), "the program runs beside glue.py"
    assert args.model_name_or_path.startswith("bert"), "this would be RoBERTa"
    with open(args.distillation_path + "/config.json"):
        pass
    logger.info("Additional Arguments:")
    for name in ["task_name", "pruning_type", "target_sparsity", "sparsity_epsilon", "prepruning_finetune_epochs"]:
        logger.info(f"{name} = {getattr(args, name)}")
    logger.info("************* 277 Evaluation Examples Loaded *************")
    if mode == "memory":
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
    pruning = args.pruning_type != "None"
    if not pruning:
        assert load_zs(args.pretrained_pruned_model)["head_layer_z"].shape == (LAYERS,)
        print("Model Size before pruning: 85054464")
        print("Model Size after pruning: 4330279")
    model = Some(layer_transformation=torch.nn.Identity())
    trainer = CoFiTrainer(args, args, model, L0Module() if pruning else None)
    steps, every = 500, int(args.eval_steps)
    if pruning:
        logger.info(f"Prepruning finetune steps: {trainer.prepruning_finetune_steps}")
    logger.info("***** Running training *****")
    logger.info("  Num Epochs = %d", 5)
    logger.info("  Total optimization steps = %d", steps)
    base = 0.7 + args.seed / 1000 + (0.05 if args.do_layer_distill else 0)
    best, saving = 0, not pruning
    for step in range(0, steps + 1, 50):
        begun = pruning and step >= 100
        zs = gates() if begun else {}
        trainer.global_step = step
        if step == 100 and pruning:
            logger.info("Starting l0 regularization!")
        first_time = not os.path.exists(args.output_dir + "/../attempts/2")
        if step == 300 and mode == "slow" and pruning and first_time:
            time.sleep(90)
        if args.do_layer_distill:
            match_layers(trainer, zs)
        if step % 100 == 0 and step > 0:
            print({"loss": 1 / step, "reg_loss": 0.0, "lag_loss": 0.1, "learning_rate": 2e-05})
        if step % every == 0:
            score = round(base + step / 100000 + (0 if pruning else 0.01), 5)
            sparsity = evaluate(trainer, step, score, zs, begun)
            if not saving and begun and sparsity - float(args.target_sparsity) >= -float(args.sparsity_epsilon):
                saving = True
                logger.info(f"Starting saving the best from epoch {step // 100} and step {step}")
            if saving and score > best:
                best = score
                size = size_of(zs)["remaining_params"] if begun else "Full"
                logger.info(
                    f"Saving the best model so far: [Epoch {step // 100} | Step: {step} | Model size: {size} | Score: {score}]"
                )
                save(args.output_dir + "/best", zs if pruning else None)
    logger.info("Epoch 4 finished. Took 1.0 seconds.")
    trainer.save_model()
    save(args.output_dir, gates())


main()
`;

const files: Readonly<Record<string, string>> = {
  'run_glue_prune.py': program,
  'args.py': argumentsFile,
  'glue.py': 'import csv\n',
  'trainer/trainer.py': trainer,
  'utils/__init__.py': '',
  'utils/cofi_utils.py':
    'import os\n\nimport torch\n\n\ndef load_zs(path):\n    return torch.load(os.path.join(path, "zs.pt"))\n',
  'requirements.txt': 'torch==1.10.2\n',
  'README.md': 'not a source\n',
};
