"""Speed of a cut BERT-base against the dense one, interleaved; second half of `npm run bench:train`.

The shape is one of 95.0%: 7 attention sublayers of 2 heads, six feed-forward ones, 760 hidden dimensions. Times do not
depend on the values of weights, which are random.
"""

import argparse
import sys
from pathlib import Path
from statistics import median

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))

from layersweep.model.cutting import cut
from layersweep.model.gates import Gates
from layersweep.model.pretrained import load_pretrained
from layersweep.model.speed import measure_speed

BERT_BASE = {"source": "random", "layers": 12, "hiddenSize": 768, "heads": 12, "intermediateSize": 3072, "seed": 0}
ATTENTION_LAYERS = (0, 1, 2, 3, 4, 9, 11)
FEED_FORWARD_UNITS = {0: 300, 1: 200, 2: 150, 3: 150, 10: 100, 11: 100}


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    model, _ = load_pretrained(BERT_BASE, 2, 0)
    dense, smaller = cut(model, Gates()).to(device), cut(model, _gates()).to(device)
    speed = measure_speed(
        dense,
        smaller,
        vocab_size=model.hf_config.vocab_size,
        batch_size=options.batch,
        sequence_length=options.length,
        rounds=options.rounds,
        device=device,
    )
    low, high = speed.spread
    sys.stdout.write(
        f"BERT-base, batch {options.batch}, {options.length} tokens, float32, {device}, {options.threads} threads\n"
        f"  cut to {100 * smaller.config.structure.sparsity:.1f}%: {median(speed.cut_seconds):.3f} s a batch, "
        f"dense {median(speed.dense_seconds):.3f} s: {speed.speedup:.1f}x ({low:.1f}x to {high:.1f}x)\n"
    )


def _gates() -> Gates:
    heads_LN, intermediate_LI, hidden_H = torch.zeros(12, 12), torch.zeros(12, 3072), torch.ones(768)
    hidden_H[760:] = 0
    heads_LN[list(ATTENTION_LAYERS), :2] = 1
    for layer, units in FEED_FORWARD_UNITS.items():
        intermediate_LI[layer, :units] = 1
    return Gates(
        heads_LN=heads_LN,
        intermediate_LI=intermediate_LI,
        hidden_H=hidden_H,
        attention_layer_L=heads_LN.amax(1),
        feed_forward_layer_L=intermediate_LI.amax(1),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    return parser.parse_args()


if __name__ == "__main__":
    main()
