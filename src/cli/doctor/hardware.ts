import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { execa } from 'execa';
import { listGpus } from '../../executor/nvidia-smi.ts';
import type { Layout } from '../machine/layout.ts';
import { type Finding, missing, ok, warning } from './finding.ts';

const gigabyte = 1e9;
const freeForSetUpGb = 3;
const freeForSweepGb = 5;
const memoryGb = 4;

export function lookAtDisk(layout: Layout, options: { isSetUp: boolean }): Finding {
  const { bavail, bsize } = statfsSync(layout.root);
  const freeGb = (bavail * bsize) / gigabyte;
  const found = `${freeGb.toFixed(1)} GB free at ${layout.root}`;
  const mend = 'df -h ., then free some';
  if (!options.isSetUp && freeGb < freeForSetUpGb) {
    return missing('disk', 'disk', `${found}; set-up needs ${freeForSetUpGb} GB (8 GB with CUDA)`, mend);
  }
  if (freeGb < freeForSweepGb)
    return warning('disk', 'disk', `${found}; models and checkpoints of a sweep may need more`, mend);
  return ok('disk', 'disk', found);
}

export function lookAtMemory(): Finding {
  const found = `${(totalmem() / gigabyte).toFixed(0)} GB, ${(freemem() / gigabyte).toFixed(0)} GB unused; ${availableParallelism()} cores`;
  if (totalmem() / gigabyte >= memoryGb) return ok('memory', 'memory and cores', found);
  return warning(
    'memory',
    'memory and cores',
    `${found}; a stage takes up to ${memoryGb} GB`,
    'npx layersweep run FILE --slots 1',
  );
}

export async function lookAtGpus(layout: Layout): Promise<Finding> {
  const gpus = await listGpus(process.env);
  if (gpus.length === 0) return ok('gpu', 'GPU', 'none that nvidia-smi names; stages run on the CPU');
  const names = gpus.map(({ index, name }) => `${index}: ${name}`).join(', ');
  if (!existsSync(layout.python)) return ok('gpu', 'GPU', names);
  const question = 'import torch; print(torch.cuda.is_available(), torch.__version__)';
  const answer = await execa(layout.python, ['-c', question], { reject: false, timeout: 60_000 });
  const said = answer.failed ? 'torch does not start' : `torch ${answer.stdout.split(' ')[1] ?? ''}`;
  if (answer.stdout?.startsWith('True')) return ok('gpu', 'GPU', `${names}; ${said} can use it`);
  // A wheel on disk (find-links) or another index may have offered the build for CPUs.
  const mend = 'PIP_FIND_LINKS= .venv/bin/pip install --force-reinstall --no-deps torch==2.13.0';
  return warning('gpu', 'GPU', `${names}; ${said} cannot use it (driver ${gpus[0]?.driver})`, mend);
}
