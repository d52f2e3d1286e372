import { drawLayers } from '../../src/strategy/reference/index.ts';
import type { Strategy } from '../../src/strategy/specification/strategy.ts';
import { validateStrategy } from '../../src/strategy/validate.ts';
import { type Case, type CaseStep, encode, type Mode } from './case.ts';
import { type Dice, dice as throwDice } from './dice.ts';
import { randomStates, roundTo } from './random-states.ts';
import { randomStrategy } from './random-strategy.ts';

/** The case of that number: a strategy that fits its models, and one to four steps of inputs, many of them awkward. */
export function randomCase(
  seed: number,
  index: number,
  device: Mode['device'],
  chooseStrategy: typeof randomStrategy = randomStrategy,
): Case {
  const dice = throwDice(seed, index);
  const mode = randomMode(dice, device);
  for (;;) {
    const { strategyName, strategy } = chooseStrategy(dice);
    const size = randomSize(dice, strategy);
    const depths = { name: strategyName, teacherLayers: size.teacherLayers, studentLayers: size.studentLayers };
    if (validateStrategy(strategy, depths).length > 0) continue;
    const parameters = mode.autocast === null ? mode.statesDtype : 'float32';
    return {
      strategyName,
      strategy,
      mode,
      size,
      weight: encode(randomTransform(dice, size).map((value) => roundTo(parameters, value))),
      bias: encode(Array.from({ length: size.width }, () => roundTo(parameters, dice.pick([0, 0.1 * dice.normal()])))),
      globalSeed: dice.integer(0, 2 ** 31),
      steps: randomSteps(dice, strategy, mode, size),
    };
  }
}

const modes: readonly Omit<Mode, 'device' | 'tf32'>[] = [
  { statesDtype: 'float64', autocast: null },
  { statesDtype: 'float64', autocast: null },
  { statesDtype: 'float32', autocast: null },
  { statesDtype: 'bfloat16', autocast: null },
  { statesDtype: 'float16', autocast: null },
  { statesDtype: 'float32', autocast: 'bfloat16' },
  { statesDtype: 'bfloat16', autocast: 'bfloat16' },
  { statesDtype: 'float32', autocast: 'float16' },
  { statesDtype: 'float16', autocast: 'float16' },
];

function randomMode(dice: Dice, device: Mode['device']): Mode {
  return { ...dice.pick(modes), device, tf32: device === 'cuda' && dice.chance(0.5) };
}

function randomSize(dice: Dice, strategy: Strategy): Case['size'] {
  const published = strategy.kind === 'published';
  const teacherLayers = published || dice.chance(0.3) ? 12 : dice.integer(1, 8);
  const studentLayers = published || dice.chance(0.6) ? teacherLayers : dice.integer(1, 8);
  const width = dice.integer(1, 6);
  return {
    batch: dice.integer(1, 3),
    tokens: dice.integer(1, 4),
    width,
    studentWidth: dice.chance(0.5) ? width : dice.integer(1, 6),
    teacherLayers,
    studentLayers,
  };
}

function randomTransform(dice: Dice, { width, studentWidth }: Case['size']): number[] {
  const noise = dice.pick([0, 0.1, 1]);
  return Array.from({ length: width * studentWidth }, (_, index) => {
    const isDiagonal = Math.floor(index / studentWidth) === index % studentWidth;
    return Number(isDiagonal) + (noise === 0 ? 0 : noise * dice.normal());
  });
}

function randomSteps(dice: Dice, strategy: Strategy, mode: Mode, size: Case['size']): CaseStep[] {
  const first = dice.pick([0, 0, 7, 99, 100]);
  const seed = dice.pick([0, dice.integer(1, 1000), 2 ** 31, 2 ** 52 + 1]);
  const gates = { headLayerZ: randomGates(dice, size), mlpZ: randomGates(dice, size) };
  const masked = strategy.kind === 'composed' && strategy.normalisation.padding === 'masked';
  const layerImportance = Array.from({ length: size.teacherLayers }, () => dice.integer(0, 3) / 4);
  const count = dice.integer(1, 4);
  return Array.from({ length: count }, (_, index): CaseStep => {
    const broken = randomBreak(dice, strategy);
    // Gates change now and then, so that kept alignments lose their layers.
    const changed = dice.chance(0.4) ? { headLayerZ: randomGates(dice, size), mlpZ: randomGates(dice, size) } : gates;
    const { headLayerZ, mlpZ } = broken === 'every layer' ? { headLayerZ: null, mlpZ: null } : changed;
    return {
      ...randomStates(dice, mode, size, broken),
      headLayerZ,
      mlpZ,
      attentionMask: masked || dice.chance(0.3) ? randomMask(dice, size) : null,
      step: first + index,
      seed,
      epoch: Math.floor(index / 2),
      expectedLayers: dice.pick([0, 0.5, 1.5, dice.uniform() * size.studentLayers]),
      layerImportance,
      // What is drawn after a given list is not defined, so only the last step has one.
      drawnLayers: index === count - 1 && dice.chance(0.2) ? givenDraw(dice, strategy, size) : null,
    };
  });
}

// The published code lets non-finite states through. A corrected strategy refuses those that it uses: here all, with every
// student layer alive, since it need not look at the others.
function randomBreak(dice: Dice, strategy: Strategy): Parameters<typeof randomStates>[3] {
  if (strategy.kind === 'published') return dice.chance(0.2) ? 'a layer' : 'none';
  return dice.chance(0.04) ? 'every layer' : 'none';
}

// A list that the strategy may draw, though not at this step.
function givenDraw(dice: Dice, strategy: Strategy, { teacherLayers }: Case['size']): readonly number[] | null {
  if (strategy.kind === 'published') return [2, dice.integer(3, 5), dice.integer(6, 8), dice.integer(9, 11)];
  if (strategy.kind === 'none') return null;
  const layerImportance = Array.from({ length: teacherLayers }, () => dice.uniform());
  const context = { teacherLayers, seed: dice.integer(0, 99), redrawIndex: 3, expectedLayers: 2, layerImportance };
  return drawLayers(strategy.selection, context);
}

function randomGates(dice: Dice, { studentLayers }: Case['size']): string | null {
  const density = dice.pick([0, 0.1, 0.3, 0.5, 0.8, 1]);
  if (dice.chance(0.15)) return null;
  return encode(Array.from({ length: studentLayers }, () => (dice.chance(density) ? Math.fround(dice.uniform()) : 0)));
}

function randomMask(dice: Dice, { batch, tokens }: Case['size']): string {
  if (dice.chance(0.1)) return encode(Array.from({ length: batch * tokens }, () => 0));
  const lengths = Array.from({ length: batch }, () => dice.integer(1, tokens));
  return encode(lengths.flatMap((length) => Array.from({ length: tokens }, (_, token) => Number(token < length))));
}
