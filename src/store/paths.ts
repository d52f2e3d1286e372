import { join } from 'node:path';

/** The only place that knows the names of files under results/. */
export function stageDirOf(resultsDir: string, key: string): string {
  return join(resultsDir, 'stages', key);
}

/** The kind of a stage, which its key begins with. */
export function kindOfKey(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('-')));
}

export function claimsDirOf(stageDir: string): string {
  return join(stageDir, 'claims');
}

export function resultPathOf(stageDir: string): string {
  return join(stageDir, 'result.json');
}

export function sealPathOf(stageDir: string): string {
  return join(stageDir, 'seal.json');
}

export type AttemptPaths = {
  readonly dir: string;
  readonly request: string;
  readonly events: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: string;
  readonly provenance: string;
};

export function attemptDirOf(stageDir: string, attempt: number): string {
  return join(stageDir, 'attempts', String(attempt));
}

export function attemptPaths(stageDir: string, attempt: number): AttemptPaths {
  const dir = attemptDirOf(stageDir, attempt);
  return {
    dir,
    request: join(dir, 'request.json'),
    events: join(dir, 'events.jsonl'),
    stdout: join(dir, 'stdout.log'),
    stderr: join(dir, 'stderr.log'),
    exit: join(dir, 'exit.json'),
    provenance: join(dir, 'provenance.json'),
  };
}

export type SweepPaths = {
  readonly dir: string;
  readonly sweep: string;
  readonly journal: string;
  readonly locks: string;
  readonly control: string;
  readonly status: string;
};

export function sweepPaths(resultsDir: string, name: string): SweepPaths {
  const dir = join(resultsDir, name);
  return {
    dir,
    sweep: join(dir, 'sweep.json'),
    journal: join(dir, 'journal.jsonl'),
    locks: join(dir, 'orchestrators'),
    control: join(dir, 'control'),
    status: join(dir, 'status.json'),
  };
}
