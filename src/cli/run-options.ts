import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { defaultResultsDir, projectDir, toPath } from './project.ts';

/** Of verbs that read a sweep file. */
export type SweepOptions = {
  results: string;
  glueDir?: string;
  device?: 'cpu' | 'cuda';
};

/** Of verbs that run one. */
export type RunOptions = SweepOptions & {
  quiet?: boolean;
  json?: boolean;
  slots?: number;
  serve?: boolean;
  port?: number;
};

export const defaultSweepFile = join(projectDir, 'sweeps', 'quickstart.yaml');

export function withSweepOptions(command: Command): Command {
  return command
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--glue-dir <dir>', 'GLUE in its standard layout (default: $LAYERSWEEP_GLUE_DIR)', toPath)
    .option('--device <kind>', 'cpu or cuda (default: cuda where there is a GPU)', parseDevice);
}

export function withRunOptions(command: Command): Command {
  return withSweepOptions(command)
    .option('--quiet', 'say only what fails, and how it ended')
    .option(
      '--slots <n>',
      'devices at once (default: all GPUs, or on the CPU cores by threads of a stage)',
      parseSlots,
    );
}

/** As a sweep was run: another device or GLUE directory would mean other stages. */
export function asRun({ device, glueDir }: Pick<ResolvedSweep, 'device' | 'glueDir'>): Partial<SweepOptions> {
  const dir = process.env.LAYERSWEEP_GLUE_DIR ?? glueDir;
  return { device, ...(dir === null ? {} : { glueDir: dir }) };
}

function parseDevice(value: string): 'cpu' | 'cuda' {
  if (value !== 'cpu' && value !== 'cuda') throw new InvalidArgumentError('Expected cpu or cuda.');
  return value;
}

function parseSlots(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Expected a whole number from 1 up.');
  return count;
}
