import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readProbe } from '../parity/probe.ts';
import { type RecordedStep, readRecordedSteps } from '../parity/recorded-steps.ts';
import { type Importances, type ReplayedStep, replay, replayObstacle } from '../parity/replay.ts';
import { TensorFileError } from '../parity/safetensors.ts';
import { attemptPaths, kindOfKey, stageDirOf } from '../store/paths.ts';
import { shellWord } from '../store/shell-word.ts';
import { findStrategy, UnknownStrategyError } from '../strategy/catalogue.ts';
import { hasLayerLoss, type LayerStrategy } from '../strategy/reference/index.ts';
import { withK } from '../strategy/with-k.ts';
import { readRequest, readStage } from './collect-stage.ts';
import { CommandError } from './command-error.ts';
import { findSweep } from './find-sweep.ts';
import { asCommand } from './project.ts';

/** One strategy on one run's recorded steps. */
export type Arm = { readonly name: string; readonly steps: readonly ReplayedStep[] };

export type Replayed = {
  readonly label: string;
  /** The run's own strategy first. */
  readonly arms: readonly Arm[];
  /** Why the others could not be replayed. */
  readonly left: readonly string[];
};

type Stage = { readonly label: string; readonly dir: string };
type Named = { readonly name: string; readonly strategy: LayerStrategy };

const distancesFile = 'distances.jsonl';

/** The stage of a folder, or all stages of a sweep, that recorded distances. */
export function stagesWithDistances(run: string, results: string): readonly Stage[] {
  const dir = resolve(run);
  if (existsSync(join(dir, distancesFile))) return [{ label: basename(dir), dir }];
  if (existsSync(join(dir, 'attempts'))) {
    throw new CommandError(
      `${dir} has no ${distancesFile}: its stage recorded no distances. Stages with a layer loss and probes do`,
    );
  }
  const resultsDir = existsSync(dir) ? dirname(dir) : results;
  const sweep = findSweep(resultsDir, basename(run));
  const stages = sweep.stages
    .map(({ key, label }) => ({ label, dir: stageDirOf(resultsDir, key) }))
    .filter((stage) => existsSync(join(stage.dir, distancesFile)));
  if (stages.length > 0) return stages;
  throw new CommandError(
    `No stage of \`${sweep.name}\` has recorded distances yet. Run it: ${asCommand(`run ${shellWord(sweep.file)}`, resultsDir)}`,
  );
}

/** Replays the run's own strategy and the named ones, with k teacher layers or as many as the run's own. */
export async function replayStage(
  { label, dir }: Stage,
  names: readonly string[],
  k: number | undefined,
): Promise<Replayed> {
  const steps = await readSteps(join(dir, distancesFile));
  const seed = readSeed(dir);
  const importances = await readImportances(dir);
  const own = await readOwnStrategy(dir);
  const others = names.map((name) => named(name, k ?? layerCountOf(own?.strategy)));
  const wanted = own === undefined ? others : [own, ...others.filter(({ name }) => name !== own.name)];
  const arms: Arm[] = [];
  const left: string[] = [];
  for (const { name, strategy } of wanted) {
    const obstacle = replayObstacle(strategy, name, steps[0], importances);
    if (obstacle === null) arms.push({ name, steps: replay(strategy, steps, seed, importances) });
    else left.push(obstacle);
  }
  return { label, arms, left };
}

async function readSteps(path: string): Promise<readonly [RecordedStep, ...RecordedStep[]]> {
  const [first, ...others] = await forPeople(() => readRecordedSteps(path));
  if (first !== undefined) return [first, ...others];
  throw new CommandError(
    `${path} holds no step yet. Wait for the stage's first records, or see: npx layersweep status`,
  );
}

// Probes carry the specification that the run trained with, whatever the sweep file calls it.
async function readOwnStrategy(dir: string): Promise<Named | undefined> {
  const probes = join(dir, 'probes');
  const file = existsSync(probes) ? readdirSync(probes).find((name) => name.endsWith('.safetensors')) : undefined;
  if (file === undefined) return undefined;
  const { metadata, strategy } = await forPeople(() => readProbe(join(probes, file)));
  return { name: metadata.strategyName, strategy };
}

/** What importance stages beside this one measured of the same teacher; whichever run wanted them. */
async function readImportances(dir: string): Promise<Importances> {
  const teacher = readRequest(dir)?.inputs.teacher;
  const stages = dirname(resolve(dir));
  const found = new Map<string, readonly number[]>();
  for (const key of readdirSync(stages).filter((name) => kindOfKey(name) === 'importance')) {
    const ofTeacher = readRequest(join(stages, key))?.inputs.teacher;
    if (teacher === undefined || ofTeacher === undefined || basename(ofTeacher) !== basename(teacher)) continue;
    const stage = await readStage(dirname(stages), key);
    if (stage.kind === 'finished' && stage.result.stage === 'importance') {
      found.set(stage.result.measure, stage.result.importance);
    }
  }
  return found;
}

function readSeed(dir: string): number {
  const path = attemptPaths(dir, 1).request;
  const request = readRequest(dir);
  if (request?.stage === 'prune' || request?.stage === 'finetune') return request.config.seeds.layerDraws;
  throw new CommandError(`${path}: expected the request of a prune or finetune stage, which says how layers are drawn`);
}

function named(name: string, k: number | undefined): Named {
  const strategy = find(name);
  if (!hasLayerLoss(strategy)) {
    throw new CommandError(`Strategy "${name}" chooses no layers: there is nothing to replay`);
  }
  const own = layerCountOf(strategy);
  if (strategy.kind !== 'composed' || k === undefined || own === undefined || own === k) return { name, strategy };
  return { name: `${name}-k${k}`, strategy: withK(strategy, k, name) };
}

function layerCountOf(strategy: LayerStrategy | undefined): number | undefined {
  if (strategy?.kind !== 'composed') return undefined;
  return 'k' in strategy.selection ? strategy.selection.k : undefined;
}

function find(name: string) {
  try {
    return findStrategy(name).strategy;
  } catch (error) {
    if (error instanceof UnknownStrategyError) throw new CommandError(error.message);
    throw error;
  }
}

async function forPeople<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TensorFileError) throw new CommandError(error.message);
    throw error;
  }
}
