import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { commandStage } from '../scheduler/command-stage.ts';
import { joinSecrets, maskJson, maskValues, secretsIn, secretsInWords } from '../store/secrets.ts';
import {
  type CommandPlan,
  type CommandSweep,
  findMisfits,
  formatSweepErrors,
  parseCommandSweep,
  planCommandSweep,
  SweepFileProblems,
} from '../sweep/index.ts';
import { CommandError } from './command-error.ts';
import type { LoadedSweep, SweepSource } from './loaded-sweep.ts';
import { environment } from './project.ts';

/** One for all stages, of which there may be many thousands. */
const noInputs = {};

/** A sweep of a user's own program. */
export function loadCommandSweep({ file, text, device, gpuMemoryMiB }: SweepSource): LoadedSweep {
  const parsed = parseCommandSweep(text, file);
  if (!parsed.ok) throw new SweepFileProblems(parsed.errors);
  const { sweep } = parsed;
  const misfits = device === 'cuda' ? findMisfits(sweep, gpuMemoryMiB) : [];
  if (misfits.length > 0) throw new SweepFileProblems(misfits);
  const folder = dirname(file);
  const programSha256 = hashProgram(folder, sweep.program);
  const plan = planCommandSweep(sweep, { device, folder, programSha256 });
  const { threads, slots } = sweep.resources;
  const secrets = secretsOf(sweep, plan);
  const options = {
    env: environment(),
    folder,
    interpreter: process.env.LAYERSWEEP_PYTHON ?? 'python3',
    materialOf: plan.materialOf,
    secrets: joinSecrets([secretsIn(process.env), secrets]),
  };
  return {
    name: plan.name,
    device,
    threads,
    slots,
    runs: plan.runs,
    stages: plan.stages.map(({ key, label }) => ({ key, label: maskValues(label, secrets), kind: 'command' })),
    specs: (rankOf) => plan.stages.map((stage) => commandStage(stage, sweep, rankOf(stage.key), options)),
    resolved: {
      schemaVersion: 1,
      name: plan.name,
      file,
      text,
      device,
      threads,
      glueDir: null,
      runs: [...plan.runs],
      stages: plan.stages.map(({ key, label }) => ({ key, label, stage: 'command', inputs: noInputs })),
    },
    warnings: formatSweepErrors(parsed.warnings),
    secrets,
    plan: undefined,
    materialOf: (key) => {
      const stage = plan.stages.find((one) => one.key === key);
      return stage && maskJson(plan.materialOf(stage), options.secrets);
    },
  };
}

/** Values of parameters and of words of the command whose names say that nobody should read them. */
function secretsOf({ command }: CommandSweep, { runs }: CommandPlan): string[] {
  return joinSecrets([...runs.map(({ parameters }) => secretsIn(parameters)), secretsInWords(command)]);
}

function hashProgram(folder: string, program: string | null): string | null {
  if (program === null) return null;
  const path = resolve(folder, program);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new CommandError(
      `${path}: expected the sweep's program, found none there. Mend \`program\` in the sweep file`,
    );
  }
  return hash('sha256', readFileSync(path));
}
