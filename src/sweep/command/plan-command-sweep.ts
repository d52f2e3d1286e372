import { hash } from 'node:crypto';
import { canonicalJson, rememberText } from '../canonical-json.ts';
import { forEachRun } from '../expand.ts';
import { labelOf, onOneLine } from '../label.ts';
import type { PlannedRun, StageResources } from '../plan.ts';
import { stageResources } from '../resources.ts';
import type { CommandSweep } from './command-sweep.ts';
import type { Scalar } from './macros.ts';

/** One run of a user's program. */
export type CommandStage = {
  /** `command-<hash>`: also the name of its folder under results/stages. */
  readonly key: string;
  readonly label: string;
  readonly parameters: Readonly<Record<string, Scalar>>;
  readonly resources: StageResources;
};

export type CommandPlan = {
  readonly name: string;
  readonly runs: readonly PlannedRun[];
  readonly stages: readonly CommandStage[];
  /** What a stage's key is the hash of. */
  readonly materialOf: (stage: CommandStage) => Readonly<Record<string, unknown>>;
};

export type CommandContext = {
  readonly device: 'cpu' | 'cuda';
  /** Folder that programs and their relative paths are looked up in. */
  readonly folder: string;
  /** Hash of the program's bytes, so that another program means other runs; null where it is no file. */
  readonly programSha256: string | null;
};

/** The runs of a sweep of a user's program: pure, the same for the same file and context. */
export function planCommandSweep(sweep: CommandSweep, context: CommandContext): CommandPlan {
  const stages = new Map<string, CommandStage>();
  const runs = new Map<string, PlannedRun>();
  const { version, command, program, metric, resultFile } = sweep;
  rememberText(command);
  const common = { version, command, program, metric: metric.name, resultFile, ...context };
  const resources = stageResources(sweep.resources, context.device);
  forEachRun(sweep, (assignment) => {
    const parameters = Object.fromEntries(
      Object.entries(assignment).map(([name, { value }]) => [name, labelOf(value)]),
    );
    const key = `command-${hash('sha256', canonicalJson({ ...common, parameters })).slice(0, 16)}`;
    const label = labelFor(parameters);
    stages.set(key, { key, label, parameters, resources });
    const seed = typeof parameters.seed === 'number' ? parameters.seed : 0;
    const id = hash('sha256', canonicalJson(parameters)).slice(0, 12);
    runs.set(key, { id, parameters, seed, stageKeys: [key], evaluateKey: key });
    return true;
  });
  return {
    name: sweep.name,
    runs: [...runs.values()],
    stages: [...stages.values()],
    materialOf: ({ parameters }) => ({ ...common, parameters }),
  };
}

function labelFor(parameters: Readonly<Record<string, Scalar>>): string {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  return text === '' ? 'run' : onOneLine(text);
}
