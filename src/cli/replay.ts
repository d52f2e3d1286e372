import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type RecordedStep, readRecordedSteps } from '../parity/recorded-steps.ts';
import { pairsOf, type ReplayedStep, replay, replayObstacle, shareDiffering } from '../parity/replay.ts';
import { TensorFileError } from '../parity/safetensors.ts';
import { readFileIfAny } from '../store/atomic-file.ts';
import { attemptPaths, stageDirOf } from '../store/paths.ts';
import { catalogue, findStrategy, UnknownStrategyError } from '../strategy/catalogue.ts';
import { hasLayerLoss } from '../strategy/reference/index.ts';
import { requestSchema } from '../wire/request.ts';
import { CommandError } from './command-error.ts';
import { findSweep } from './find-sweep.ts';
import { defaultResultsDir } from './project.ts';

type Options = { readonly strategy?: readonly string[]; readonly steps?: boolean; readonly json?: boolean };
type Arm = { readonly name: string; readonly steps: readonly ReplayedStep[] };
type Run = { readonly label: string; readonly arms: readonly Arm[]; readonly left: readonly string[] };

const distancesFile = 'distances.jsonl';
const usual = ['v3', 'v4', 'v5', 'v6'];

/** `replay RUN --strategy S…`: what each strategy would have chosen on a run's trajectory, and how often they differ. */
export function register(program: Command): void {
  program
    .command('replay')
    .description("tell what strategies would have chosen on a run's recorded steps")
    .argument('<run>', 'the folder of a prune or finetune stage, or the name of a sweep')
    .option('--strategy <name...>', `strategies to replay beside the run's own (default: ${usual.join(', ')})`)
    .option('--steps', 'print the choices of every recorded step')
    .option('--json', 'print as JSON')
    .action(async (run: string, options: Options) => {
      const runs: Run[] = [];
      for (const { label, dir } of stagesOf(run)) runs.push(await replayStage(label, dir, options.strategy));
      console.log(
        options.json === true ? toJson(runs) : runs.map((each) => describe(each, options.steps)).join('\n\n'),
      );
    });
}

function stagesOf(run: string): { label: string; dir: string }[] {
  const dir = resolve(run);
  if (existsSync(join(dir, distancesFile))) return [{ label: basename(dir), dir }];
  if (existsSync(join(dir, 'attempts'))) {
    throw new CommandError(
      `${dir} has no ${distancesFile}: its stage recorded no distances. Let it: probes.every in the sweep file`,
    );
  }
  const sweep = findSweep(defaultResultsDir, basename(run));
  const stages = sweep.stages
    .map(({ key, label }) => ({ label, dir: stageDirOf(defaultResultsDir, key) }))
    .filter((stage) => existsSync(join(stage.dir, distancesFile)));
  if (stages.length > 0) return stages;
  throw new CommandError(
    `No stage of \`${sweep.name}\` has recorded distances yet. Run it: npx layersweep run ${sweep.file}`,
  );
}

async function replayStage(label: string, dir: string, asked: readonly string[] | undefined): Promise<Run> {
  const steps = await readSteps(join(dir, distancesFile));
  const { ownName, seed } = readRequest(dir);
  const isKnown = catalogue.some(({ name }) => name === ownName);
  const names = [...new Set([...(isKnown ? [ownName] : []), ...(asked ?? usual)])];
  const arms: Arm[] = [];
  const left: string[] = [];
  for (const name of names) {
    const strategy = find(name);
    if (!hasLayerLoss(strategy))
      throw new CommandError(`Strategy "${name}" chooses no layers: there is nothing to replay`);
    const obstacle = replayObstacle(strategy, name, steps[0]);
    if (obstacle === null) arms.push({ name, steps: replay(strategy, steps, seed) });
    else left.push(obstacle);
  }
  return { label, arms, left };
}

async function readSteps(path: string): Promise<readonly [RecordedStep, ...RecordedStep[]]> {
  try {
    const [first, ...others] = await readRecordedSteps(path);
    if (first !== undefined) return [first, ...others];
  } catch (error) {
    if (error instanceof TensorFileError) throw new CommandError(error.message);
    throw error;
  }
  throw new CommandError(
    `${path} holds no step yet. Wait for the stage's first records, or see: npx layersweep status`,
  );
}

function readRequest(dir: string): { ownName: string; seed: number } {
  const path = attemptPaths(dir, 1).request;
  const text = readFileIfAny(path);
  const parsed = text === undefined ? undefined : requestSchema.safeParse(JSON.parse(text));
  const request = parsed?.success === true ? parsed.data : undefined;
  if (request?.stage !== 'prune' && request?.stage !== 'finetune') {
    throw new CommandError(
      `${path}: expected the request of a prune or finetune stage, which says how layers are drawn`,
    );
  }
  const { strategy, seeds } = request.config;
  return { ownName: strategy.kind === 'module' ? strategy.name : 'none', seed: seeds.layerDraws };
}

function find(name: string) {
  try {
    return findStrategy(name).strategy;
  } catch (error) {
    if (error instanceof UnknownStrategyError) throw new CommandError(error.message);
    throw error;
  }
}

function describe({ label, arms, left }: Run, everyStep = false): string {
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

function toJson(runs: readonly Run[]): string {
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
