import type { Alignment } from '../specification/alignment.ts';
import { alignSignature, type EmittedAlignment } from './align-signature.ts';
import { pyFloat, pyInt } from './literals.ts';

export function emitAttention({
  temperature,
  gradientThroughWeights,
}: Extract<Alignment, { kind: 'attention' }>): EmittedAlignment {
  return {
    doc: `each of these weighs the selected teacher layers by attention on the first token,
at temperature ${temperature}; ${flows(gradientThroughWeights)}`,
    code: `${alignSignature(true)}
    if not alive:
        total, weights_kS, distances_kS = _nothing_matched(inputs, drawn_layers)
        return total, weights_kS, distances_kS, distances_kS
    teacher = [_wide(inputs.teacher_states[layer]) for layer in drawn_layers]
    candidates = [_transformed(inputs, layer) for layer in alive]
    scores_kA = _scores(teacher, candidates)
    weights_kA = torch.softmax(scores_kA${gradientThroughWeights ? '' : '.detach()'}, 0)
    distances_kA = _distances(inputs, teacher, candidates)
    return (
        _weighted(weights_kA, distances_kA),
        _spread(inputs, alive, weights_kA, 0.0),
        _spread(inputs, alive, distances_kA.detach(), math.nan),
        _spread(inputs, alive, scores_kA.detach(), math.nan),
    )


def _scores(teacher: List[Tensor], candidates: List[Tensor]) -> Tensor:
    """Scaled products of the first tokens' states, means over the batch, [k, A]."""
    t_kBH = torch.stack([t_BTH[:, 0] for t_BTH in teacher])
    x_ABH = torch.stack([x_BTH[:, 0] for x_BTH in candidates])
    products_kAB = (t_kBH.unsqueeze(1) * x_ABH).sum(-1)
    return products_kAB.mean(-1) / (${pyFloat(temperature, 'temperature')} * math.sqrt(t_kBH.shape[-1]))`,
  };
}

export function emitSinkhorn({
  regularisation,
  iterations,
  gradientThroughWeights,
}: Extract<Alignment, { kind: 'sinkhorn' }>): EmittedAlignment {
  return {
    doc: `an entropic transport plan (Sinkhorn, ${iterations} iterations, regularisation ${regularisation})
between the selected teacher layers and these; ${flows(gradientThroughWeights)}`,
    code: `${alignSignature()}
    if not alive:
        return _nothing_matched(inputs, drawn_layers)
    teacher = [_wide(inputs.teacher_states[layer]) for layer in drawn_layers]
    distances_kA = _distances(inputs, teacher, [_transformed(inputs, layer) for layer in alive])
    weights_kA = _plan(distances_kA${gradientThroughWeights ? '' : '.detach()'})
    return (
        _weighted(weights_kA, distances_kA),
        _spread(inputs, alive, weights_kA, 0.0),
        _spread(inputs, alive, distances_kA.detach(), math.nan),
    )


def _plan(distances_kA: Tensor) -> Tensor:
    """The plan times k; potentials and costs are divided by the regularisation (Cuturi 2013, in logarithms)."""
    k, survivors = distances_kA.shape
    costs_kA = distances_kA / distances_kA.mean().clamp(min=1e-12) / ${pyFloat(regularisation, 'regularisation')}
    row_k1 = torch.zeros_like(costs_kA[:, :1])
    column_A = torch.zeros_like(costs_kA[0])
    for _ in range(${pyInt(iterations, 'iterations')}):
        column_A = -torch.logsumexp(row_k1 - costs_kA, 0) - math.log(survivors)
        row_k1 = -torch.logsumexp(column_A - costs_kA, 1, keepdim=True) - math.log(k)
    return k * torch.exp(row_k1 + column_A - costs_kA)`,
  };
}

const flows = (through: boolean) =>
  through ? 'gradient flows through the weights too' : 'no gradient flows through the weights';
