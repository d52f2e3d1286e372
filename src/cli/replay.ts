import { type Command, InvalidArgumentError } from 'commander';
import { pairsOf, type ReplayedStep, shareDiffering } from '../parity/replay.ts';
import { defaultResultsDir, toPath } from './project.ts';
import { type Arm, type Replayed, replayStage, stagesWithDistances } from './replay-stage.ts';

type Options = {
  readonly strategy?: string[];
  readonly k?: number;
  readonly results: string;
  readonly steps?: boolean;
  readonly json?: boolean;
};

const usual = ['v3', 'v4', 'v5', 'v6'];

/** `replay RUN --strategy S…`: what each strategy would have chosen on a run's trajectory, and how often they differ. */
export function register(program: Command): void {
  program
    .command('replay')
    .description("tell what strategies would have chosen on a run's recorded steps")
    .argument('<run>', 'the folder of a prune or finetune stage, or the name of a sweep')
    .option('--strategy <name...>', "strategies to replay beside the run's own", usual)
    .option('--k <n>', "teacher layers of those strategies (default: as many as the run's own)", layerCount)
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--steps', 'print the choices of every recorded step')
    .option('--json', 'print as JSON')
    .action(async (run: string, options: Options) => {
      const replayed: Replayed[] = [];
      for (const stage of stagesWithDistances(run, options.results)) {
        replayed.push(await replayStage(stage, options.strategy ?? usual, options.k));
      }
      const texts = options.json === true ? [toJson(replayed)] : replayed.map((each) => describe(each, options.steps));
      console.log(texts.join('\n\n'));
    });
}

function layerCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}

function describe({ label, arms, left }: Replayed, everyStep = false): string {
  const steps = arms[0]?.steps ?? [];
  const width = Math.max(...arms.map(({ name }) => name.length), 0);
  const head = `${label}: ${steps.length} recorded steps${steps.length > 0 ? `, ${steps[0]?.step} to ${steps.at(-1)?.step}` : ''}`;
  const table = arms.map((arm) => {
    const cells = arms.map((other) =>
      (other === arm ? '-' : percent(shareDiffering(arm.steps, other.steps))).padStart(Math.max(7, other.name.length)),
    );
    return `  ${arm.name.padEnd(width)}  ${cells.join('  ')}`;
  });
  const names = arms.map(({ name }) => name.padStart(Math.max(7, name.length))).join('  ');
  return [
    head,
    ...(arms.length > 1
      ? ['  Steps at which two strategies choose other pairs of layers:', `  ${' '.repeat(width)}  ${names}`, ...table]
      : []),
    ...left.map((reason) => `  Not replayed: ${reason}`),
    ...(everyStep ? steps.flatMap((_, index) => describeStep(arms, index, width)) : []),
  ].join('\n');
}

function describeStep(arms: readonly Arm[], index: number, width: number): string[] {
  return [
    `  step ${arms[0]?.steps[index]?.step}`,
    ...arms.map(
      ({ name, steps }) => `    ${name.padEnd(width)}  ${pairsOf(steps[index] as ReplayedStep) || 'nothing matched'}`,
    ),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function toJson(runs: readonly Replayed[]): string {
  const replayed = runs.map(({ label, arms, left }) => ({
    label,
    notReplayed: left,
    strategies: arms.map((arm) => ({
      name: arm.name,
      differs: Object.fromEntries(arms.map((other) => [other.name, shareDiffering(arm.steps, other.steps)])),
      steps: arm.steps.map((step) => ({ step: step.step, drawnLayers: step.drawnLayers, pairs: pairsOf(step) })),
    })),
  }));
  return JSON.stringify(replayed, null, 2);
}
