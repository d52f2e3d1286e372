import { createHash } from 'node:crypto';
import { compareWithStates } from '../../src/parity/compare.ts';
import { strategyNeeds } from '../../src/strategy/needs.ts';
import { pythonRandom } from '../../src/strategy/random/python-random.ts';
import {
  hasLayerLoss,
  initialState,
  LayerLossError,
  type LayerLossInputs,
  type LayerLossOutput,
  type LayerLossState,
  type LayerStrategy,
  PublishedIndexError,
  referenceLayerLoss,
} from '../../src/strategy/reference/index.ts';
import type { Answer, AnswerStep, MadeStep } from './answer.ts';
import { type Case, computeDtype, decode } from './case.ts';
import { checkDropIn } from './check-drop-in.ts';
import { checkGradients } from './check-gradients.ts';
import { inputsOf, matrixOf } from './inputs.ts';

/** Why a module's answer is not what the reference allows, in one sentence; null where it is. */
export function checkCase(fuzzed: Case, answer: Answer): string | null {
  const { strategy } = fuzzed;
  if (!hasLayerLoss(strategy)) throw new Error('Expected a strategy with a layer loss');
  const needs = strategyNeeds(strategy).toSorted();
  if (answer.needs.toSorted().join() !== needs.join()) return `NEEDS is [${answer.needs}]; expected [${needs}]`;
  const globalRandom = pythonRandom(fuzzed.globalSeed);
  let state = initialState;
  for (const [index, made] of answer.steps.entries()) {
    const inputs = inputsOf(fuzzed, index, globalRandom);
    const reason = checkStep(strategy, fuzzed, { inputs, state, made, isFirst: index === 0 });
    if (reason !== null) return `step ${index} of the case: ${reason}`;
    if (!('error' in made)) state = stateOf(made, fuzzed);
  }
  const globalState = createHash('sha256')
    .update(`(${globalRandom.state().join(', ')})`)
    .digest('hex');
  return answer.globalState === globalState ? null : "Python's global random state is not the expected one afterwards";
}

type Step = {
  readonly inputs: LayerLossInputs;
  readonly state: LayerLossState;
  readonly made: AnswerStep;
  readonly isFirst: boolean;
};

function checkStep(strategy: LayerStrategy, fuzzed: Case, { inputs, state, made, isFirst }: Step): string | null {
  const expected = attempt(strategy, inputs, state);
  if ('error' in made) {
    if ('error' in expected && expected.error === made.error) return checkRefusal(strategy, inputs.step, made.message);
    return `the module raised ${made.error}: ${made.message}; the reference ${'error' in expected ? `raised ${expected.message}` : 'did not'}`;
  }
  if ('error' in expected) return `the reference refuses this (${expected.message}); the module did not`;
  return (
    checkChoices(expected, made) ??
    checkNumbers(strategy, fuzzed, inputs, made) ??
    checkGradients(strategy, fuzzed, inputs, {
      drawnLayers: made.drawnLayers,
      weights: weightsOf(made, fuzzed),
      distances: matrixOf(made.distances, fuzzed.size.studentLayers),
      gradients: made.gradients,
    }) ??
    (isFirst ? checkDropIn(strategy, inputs, made) : null)
  );
}

/** A corrected strategy says at which step and in which layer it met what it refuses. */
function checkRefusal(strategy: LayerStrategy, step: number, message: string): string | null {
  const isNamed = /layer \d+/.test(message) && message.includes(`step ${step}`);
  return strategy.kind === 'published' || isNamed ? null : `its refusal names no layer or step: ${message}`;
}

type Expected = { readonly output: LayerLossOutput; readonly state: LayerLossState };
type Refused = { readonly error: 'ValueError' | 'IndexError'; readonly message: string };

function attempt(strategy: LayerStrategy, inputs: LayerLossInputs, state: LayerLossState): Expected | Refused {
  try {
    return referenceLayerLoss(strategy, inputs, state);
  } catch (error) {
    if (!(error instanceof LayerLossError)) throw error;
    return { error: error instanceof PublishedIndexError ? 'IndexError' : 'ValueError', message: error.message };
  }
}

function checkChoices({ output, state }: Expected, made: MadeStep): string | null {
  const pairs = [
    ['drawn_layers', made.drawnLayers.join(), output.drawnLayers.join()],
    ['realigned', made.realigned, output.realigned],
    ['detached outputs', made.detached, true],
    ['state.drawn_layers', made.state.drawnLayers.join(), state.drawnLayers.join()],
    ['state.redraw_index', made.state.redrawIndex, state.redrawIndex],
    ['state.aligned_step', made.state.alignedStep, state.alignedStep],
    ['state.weights_kS', made.state.weights, made.weights],
  ] as const;
  const wrong = pairs.find(([, found, wanted]) => found !== wanted);
  return wrong === undefined ? null : `${wrong[0]} is ${wrong[1]}; expected ${wrong[2]}`;
}

function checkNumbers(strategy: LayerStrategy, fuzzed: Case, inputs: LayerLossInputs, made: MadeStep): string | null {
  const arithmetic = { ...fuzzed.mode, computeDtype: computeDtype(fuzzed.mode) };
  const columns = fuzzed.size.studentLayers;
  const difference = compareWithStates({ strategy, arithmetic }, inputs, {
    loss: decode(made.loss)[0] as number,
    weights: weightsOf(made, fuzzed),
    distances: matrixOf(made.distances, columns),
    scores: made.scores === null ? null : matrixOf(made.scores, columns),
    drawnLayers: made.drawnLayers,
    realigned: made.realigned,
  });
  if (difference === null) return null;
  const { what, index, recorded, expected, tolerance, explanation } = difference;
  return `${what}[${index}] is ${recorded}; expected ${expected} within ${tolerance} (${explanation})`;
}

function weightsOf(made: MadeStep, fuzzed: Case): number[][] {
  return matrixOf(made.weights, fuzzed.size.studentLayers);
}

// The reference goes on from what the module chose, so that a tie does not make later steps differ.
function stateOf({ state }: MadeStep, fuzzed: Case): LayerLossState {
  return { ...state, weights: state.weights === null ? null : matrixOf(state.weights, fuzzed.size.studentLayers) };
}
