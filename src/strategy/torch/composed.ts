import type { ComposedStrategy } from '../specification/strategy.ts';
import { type EmittedAlignment, emitAlignment } from './alignment.ts';
import { emitDistance } from './distance.ts';
import { pyFloat, pyInt } from './literals.ts';
import { emitSelection } from './selection.ts';
import { emitSurvivors } from './survivors.ts';
import { UnsupportedStrategyError } from './errors.ts';

/** Description and code of a composed strategy. `version`: the number in its log line, or none. */
export function emitComposed(strategy: ComposedStrategy, version: number | null): { doc: string; body: string } {
  const selection = emitSelection(strategy.selection);
  const alignment = emitAlignment(strategy.alignment);
  const survivors = emitSurvivors(strategy.survivors);
  const distance = emitDistance(strategy.normalisation);
  if (strategy.schedule.realignEverySteps !== 1 || alignment.route === 'weights') {
    throw new UnsupportedStrategyError('not emitted yet');
  }
  const doc = `Teacher: ${selection.doc}
Student: for each of them, among ${survivors.doc}:
${alignment.doc}
Distance: ${distance.doc}.
Loss: ${reductionDoc(strategy)}.`;
  const sections = [
    errors,
    layerLoss(strategy, selection.call, alignment),
    dropIn(strategy, version),
    selection.code,
    survivors.code,
    check,
    align(alignment),
    alignment.code,
    distance.code,
    transformed,
  ].join('\n\n\n');
  const used = Object.entries(helpers).filter(([name]) => sections.includes(`${name}(`));
  return { doc, body: [sections, ...used.map(([, code]) => code)].join('\n\n\n') };
}

function reductionDoc({ normalisation: { reduction } }: ComposedStrategy): string {
  switch (reduction.kind) {
    case 'sum':
      return 'the sum over matched pairs';
    case 'mean':
      return 'the mean over matched pairs';
    case 'fixed-total':
      return `${reduction.weight} times the mean over matched pairs`;
    default:
      reduction satisfies never;
      throw new TypeError('unreachable reduction');
  }
}

function reduced({ normalisation: { reduction } }: ComposedStrategy): string {
  switch (reduction.kind) {
    case 'sum':
      return 'total';
    case 'mean':
      return 'total / weights_kS.sum()';
    case 'fixed-total':
      return `${pyFloat(reduction.weight, 'reduction.weight')} * total / weights_kS.sum()`;
    default:
      reduction satisfies never;
      throw new TypeError('unreachable reduction');
  }
}

function redrawIndex({ schedule: { redraw } }: ComposedStrategy): string {
  switch (redraw.kind) {
    case 'steps':
      return redraw.every === 1 ? 'inputs.step' : `inputs.step // ${pyInt(redraw.every, 'redraw.every')}`;
    case 'epoch':
      return '_given(inputs, "epoch", inputs.epoch)';
    case 'once':
      return '0';
    default:
      redraw satisfies never;
      throw new TypeError('unreachable redraw');
  }
}

const layerLoss = (strategy: ComposedStrategy, selectLayers: string, alignment: EmittedAlignment) => `def layer_loss(
    inputs: LayerLossInputs,
    state: LayerLossState,
) -> Tuple[LayerLossOutput, LayerLossState]:
    """The layer loss of one step, and what the next step needs of it.

    Raises InputError: what was given does not fit together; NonFiniteError.
    """
    redraw_index = ${redrawIndex(strategy)}
    drawn_layers = tuple(${selectLayers} if inputs.drawn_layers is None else inputs.drawn_layers)
    alive = _check(inputs, drawn_layers)
    ${alignment.route === 'pairs' ? 'pairs = _pairs(inputs, drawn_layers, alive)\n    if pairs' : 'if alive'}:
        total, weights_kS, distances_kS = _align(inputs, drawn_layers, ${alignment.route === 'pairs' ? 'pairs' : 'alive'})
        loss = ${reduced(strategy)}
    else:
        loss, weights_kS, distances_kS = _nothing_matched(inputs, drawn_layers)
    output = LayerLossOutput(loss, drawn_layers, weights_kS, distances_kS, None, True)
    return output, LayerLossState(drawn_layers, redraw_index, inputs.step, weights_kS)`;

const dropIn = (_strategy: ComposedStrategy, version: number | null) => `def calculate_layer_distillation_loss(
    self: Any,
    teacher_outputs: Any,
    student_outputs: Any,
    zs: Any,
) -> Optional[Tensor]:
    """Drop-in for the method of upstream's trainer. None without do_layer_distill."""
    if not self.additional_args.do_layer_distill:
        return None
    inputs = LayerLossInputs(
        teacher_states=teacher_outputs[2][1:],
        student_states=student_outputs[2][1:],
        transform=self.model.layer_transformation,
        head_layer_z=zs.get("head_layer_z"),
        mlp_z=zs.get("mlp_z"),
        step=self.global_step,
        seed=self.args.seed,
    )
    state = getattr(self, "layer_loss_state", INITIAL_STATE)
    output, self.layer_loss_state = layer_loss(inputs, state)
${
  version === null
    ? ''
    : `    if self.global_step % 100 == 0:
        chosen_k = output.weights_kS.argmax(1)
        matched_k = output.weights_kS.sum(1) > 0
        alignment = torch.where(matched_k, chosen_k, torch.full_like(chosen_k, -1))
        step = self.global_step
        logger.info(f"v${pyInt(version, 'version')} Global step: {step}, Alignment: {alignment}")
`
}    return output.loss`;

const check = `def _check(inputs: LayerLossInputs, drawn_layers: Tuple[int, ...]) -> List[int]:
    """The student layers that may be matched. Here the step waits for the device."""
    for layer in drawn_layers:
        if not 0 <= layer < len(inputs.teacher_states):
            raise InputError(
                f"step {inputs.step}: teacher layer {layer} is selected, expected one of {len(inputs.teacher_states)}"
            )
    teacher = [inputs.teacher_states[layer] for layer in drawn_layers]
    states = [*teacher, *inputs.student_states]
    sums = [state.detach().sum(dtype=torch.float32) for state in states]
    flags = torch.cat([torch.isfinite(torch.stack(sums)), _may_match_S(inputs)])
    finite = flags.tolist()
    may_match = finite[len(states) :]
    alive = [layer for layer, matchable in enumerate(may_match) if matchable]
    names = [f"teacher layer {layer}" for layer in drawn_layers]
    names += [f"student layer {layer}" for layer in range(len(may_match))]
    for name, state, is_finite in zip(names, states, finite):
        if not is_finite and not bool(torch.isfinite(state).all()):
            raise NonFiniteError(f"step {inputs.step}: {name} has NaN or infinite states")
    return alive`;

const align = (alignment: EmittedAlignment) => {
  switch (alignment.route) {
    case 'pairs':
      return `def _align(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
    pairs: List[Tuple[int, int]],
) -> Tuple[Tensor, Tensor, Tensor]:
    """The total distance of the pairs, their weights and distances [k, S]."""
    transformed = {j: _transformed(inputs, j) for j in sorted({j for _, j in pairs})}
    total = torch.zeros_like(_wide(inputs.student_states[0][0, 0, 0]))
    shape = (len(drawn_layers), len(inputs.student_states))
    weights_kS = total.new_zeros(shape)
    distances_kS = total.new_full(shape, math.nan)
    for row, column in pairs:
        teacher_BTH = _wide(inputs.teacher_states[drawn_layers[row]])
        distance = _distance(inputs, teacher_BTH, transformed[column])
        total = total + distance
        weights_kS[row, column] = 1.0
        distances_kS[row, column] = distance.detach()
    return total, weights_kS, distances_kS`;
    case 'columns':
      return `def _align(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
    alive: List[int],
) -> Tuple[Tensor, Tensor, Tensor]:
    """The total distance of the matched pairs, their weights and all distances [k, S]."""
    teacher = [_wide(inputs.teacher_states[layer]) for layer in drawn_layers]
    with torch.no_grad():
        distances_Ak = []
        for layer in alive:
            x_BTH = _transformed(inputs, layer)
            distances_Ak.append(torch.stack([_distance(inputs, t, x_BTH) for t in teacher]))
        distances_kA = torch.stack(distances_Ak, dim=1)
        columns_k, matched_k = _columns(distances_kA)
        weights_kA = torch.zeros_like(distances_kA)
        weights_kA.scatter_(1, columns_k.unsqueeze(1), matched_k.to(weights_kA).unsqueeze(1))
    states_ABTH = torch.stack([inputs.student_states[layer] for layer in alive])
    chosen_kBTH = states_ABTH.index_select(0, columns_k)
    pair_distances = []
    for t_BTH, s_BTH in zip(teacher, chosen_kBTH.unbind()):
        pair_distances.append(_distance(inputs, t_BTH, _wide(inputs.transform(s_BTH))))
    distances_k = torch.stack(pair_distances)
    total = torch.where(matched_k, distances_k, torch.zeros_like(distances_k)).sum()
    layers = len(inputs.student_states)
    return (
        total,
        _spread(weights_kA, alive, layers, 0.0),
        _spread(distances_kA, alive, layers, math.nan),
    )`;
    case 'rows':
    case 'weights':
      throw new UnsupportedStrategyError('not emitted yet');
    default:
      alignment.route satisfies never;
      throw new TypeError('unreachable route');
  }
};

const transformed = `def _transformed(inputs: LayerLossInputs, layer: int) -> Tensor:
    x_BTH = _wide(inputs.transform(inputs.student_states[layer]))
    expected = inputs.teacher_states[0].shape
    if x_BTH.shape != expected:
        raise InputError(
            f"step {inputs.step}: student layer {layer} has shape {tuple(x_BTH.shape)} "
            f"when transformed, expected the teacher's {tuple(expected)}"
        )
    return x_BTH`;

/** Included where called. */
const helpers = {
  _wide: `def _wide(x: Tensor) -> Tensor:
    """Float32 for narrower states; float64 stays."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x`,
  _spread: `def _spread(values_kA: Tensor, alive: List[int], layers: int, fill: float) -> Tensor:
    """The columns of the survivors at their layers, [k, S]."""
    spread_kS = values_kA.new_full((values_kA.shape[0], layers), fill)
    for column, layer in enumerate(alive):
        spread_kS[:, layer] = values_kA[:, column]
    return spread_kS`,
  _nothing_matched: `def _nothing_matched(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
) -> Tuple[Tensor, Tensor, Tensor]:
    """A loss of 0 with zero gradients, no weights, no distances."""
    token_11H = inputs.student_states[0][:1, :1]
    loss = _wide(inputs.transform(token_11H)).sum() * 0.0
    shape = (len(drawn_layers), len(inputs.student_states))
    return loss, loss.new_zeros(shape), loss.new_full(shape, math.nan)`,
  _given: `def _given(inputs: LayerLossInputs, name: str, value: Optional[Given]) -> Given:
    if value is None:
        raise InputError(f"step {inputs.step}: {name} is not given, this strategy needs it")
    return value`,
};

const errors = `class InputError(ValueError):
    """What the layer loss was given does not fit together, or is missing."""


class NonFiniteError(ValueError):
    """States that hold NaN or infinity."""`;
