import type { PublishedStrategy, Quirk } from '../specification/strategy.ts';
import { UnsupportedStrategyError } from './errors.ts';
import { pyInt } from './literals.ts';

type Version = PublishedStrategy['version'];

const ordered: readonly Quirk[] = ['mask-in-rank-order', 'head-gate-only', 'unmatched-repeats-last', 'unstable-sort'];
const drawing: readonly Quirk[] = ['first-layer-floor-2', 'global-random-every-step'];
const common: readonly Quirk[] = ['depth-12-only', 'gradient-graph-of-all-pairs'];
const quirksOf: Readonly<Record<Version, readonly Quirk[]>> = {
  3: [...common, 'nearest-among-pruned-layers'],
  4: [...common, ...ordered],
  5: [...common, ...ordered, ...drawing],
  6: [...common, ...ordered, ...drawing],
};

/** Description and code of a published version; its quirks must be exactly those of that version's code. */
export function emitPublished(strategy: PublishedStrategy): { doc: string; body: string } {
  const { version } = strategy;
  const expected = quirksOf[version];
  if ([...strategy.quirks].sort().join() !== [...expected].sort().join()) {
    throw new UnsupportedStrategyError(
      `Expected the quirks of published version ${version} to be ${expected.join(', ')}; got ${strategy.quirks.join(', ')}`,
    );
  }
  return { doc: doc(version), body: [main(version), select(version), align(version)].join('\n\n\n') };
}

const doc = (version: Version) => `The published function, version ${version}, defects included.
Source: princeton-nlp/CoFiPruning at da855a8, trainer/trainer.py${version > 4 ? ', with the missing `import random`' : ''}.

Teacher: ${selectionDoc[version]}
Student: ${version === 3 ? 'for each of them the nearest of all 12 layers, pruned or not.' : alignmentDoc}
Loss: the sum of the chosen mean squared errors. All 48 carry gradient.`;

const selectionDoc: Readonly<Record<Version, string>> = {
  3: 'the layers 2, 5, 8, 11.',
  4: 'the layers 2, 5, 8, 11.',
  5: "4 of 12 layers drawn at every call from Python's global random.\nThe first one is raised to 2.",
  6: "one of each 3 layers, drawn at every call from Python's global random.\nThe first one is raised to 2.",
};

const alignmentDoc = `from the top, the nearest layer below the last match, whose *rank* by
distance is the index of a layer with an attention gate other than 0. Without one
the last match is repeated; at the top that is layer 12, which no student has.`;

const main = (version: Version) => `def layer_loss(
    inputs: LayerLossInputs,
    state: LayerLossState,
) -> Tuple[LayerLossOutput, LayerLossState]:
    """The loss as published. Teacher and student have 12 layers.

    Raises IndexError where the published code does${version === 3 ? '' : ': every attention gate is 0'}.
    """
    drawn_layers = list(_select_layers() if inputs.drawn_layers is None else inputs.drawn_layers)
    loss, alignment_k, distances_kS = _published_loss(
        inputs.teacher_states,
        inputs.student_states,
        inputs.transform,
${version === 3 ? '' : '        inputs.head_layer_z,\n'}        drawn_layers,
    )
    weights_kS = torch.zeros_like(distances_kS).scatter_(1, alignment_k.unsqueeze(1), 1.0)
    drawn = tuple(drawn_layers)
    output = LayerLossOutput(loss, drawn, weights_kS, distances_kS, None, True)
    return output, LayerLossState(drawn, inputs.step, inputs.step, weights_kS)


def calculate_layer_distillation_loss(
    self: Any,
    teacher_outputs: Any,
    student_outputs: Any,
    zs: Any,
) -> Optional[Tensor]:
    """Drop-in for the method of upstream's trainer. None without do_layer_distill."""
    if not self.additional_args.do_layer_distill:
        return None
${version === 3 ? '    # Read as published, and not used.\n    ' : '    gates = '}{name: zs[name].detach().cpu() for name in ("mlp_z", "head_layer_z") if name in zs}
    loss, alignment_k, _ = _published_loss(
        teacher_outputs[2][1:],
        student_outputs[2][1:],
        self.model.layer_transformation,
${version === 3 ? '' : '        gates.get("head_layer_z"),\n'}        _select_layers(),
    )
    if self.global_step % 100 == 0:
        step = self.global_step
        logger.info(f"v${pyInt(version, 'version')} Global step: {step}, Alignment: {alignment_k}")
    return loss


def _published_loss(
    teacher_states: Sequence[Tensor],
    student_states: Sequence[Tensor],
    transform: Callable[[Tensor], Tensor],
${version === 3 ? '' : '    head_layer_z: Optional[Tensor],\n'}    drawn_layers: Sequence[int],
) -> Tuple[Tensor, Tensor, Tensor]:
    """The loss, each drawn layer's student layer [k] and all distances [k, S]."""
    transformed = [transform(state) for state in student_states]
    teacher = [teacher_states[layer] for layer in drawn_layers]
    distances_kS = torch.stack([mse_loss(t, x) for t in teacher for x in transformed])
    distances_kS = distances_kS.reshape(len(teacher), len(transformed))
    alignment_k = _align(${version === 3 ? 'distances_kS' : 'distances_kS, head_layer_z'})
    rows_k = torch.arange(len(teacher), device=distances_kS.device)
    return distances_kS[rows_k, alignment_k].sum(), alignment_k, distances_kS.detach()`;

function select(version: Version): string {
  const head = 'def _select_layers() -> List[int]:\n';
  switch (version) {
    case 3:
    case 4:
      return `${head}    return [2, 5, 8, 11]`;
    case 5:
      return `${head}    drawn = sorted(random.sample(range(12), 4))
    drawn[0] = max(2, drawn[0])
    return drawn`;
    case 6:
      return `${head}    drawn = [random.sample(range(i, i + 3), 1)[0] for i in range(0, 12, 3)]
    drawn[0] = max(2, drawn[0])
    return drawn`;
    default:
      version satisfies never;
      throw new TypeError('unreachable version');
  }
}

const align = (version: Version) =>
  version === 3
    ? `def _align(distances_kS: Tensor) -> Tensor:
    return torch.argmin(distances_kS, dim=1)`
    : `def _align(distances_kS: Tensor, head_layer_z: Optional[Tensor]) -> Tensor:
    exists_S = None
    if head_layer_z is not None:
        exists_S = (head_layer_z.detach().cpu() != 0).to(distances_kS.device)
    last = 12
    alignment: List[int] = []
    for distances_S in reversed(distances_kS.unbind()):
        ranked = distances_S.sort()[1]
        allowed = ranked < last
        if exists_S is not None:
            allowed = allowed & exists_S
        candidates = ranked[allowed]
        if len(candidates) > 0:
            last = int(candidates[0])
        elif last == 12:
            raise IndexError(
                "index 12 is out of bounds for 12 student layers: every head_layer gate "
                "is 0, so the highest drawn teacher layer has no candidate (as published)"
            )
        alignment.append(last)
    return torch.tensor(alignment[::-1]).to(distances_kS.device)`;
