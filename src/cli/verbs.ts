import type { Command } from 'commander';

export type Verb = {
  readonly name: string;
  /** Other verbs that the same file registers. */
  readonly also?: readonly string[];
  readonly load: () => Promise<{ register: (program: Command) => void }>;
};

/** Every verb in the order of `--help`; a file is loaded only when its verb, or help, is asked for. */
export const verbs: readonly Verb[] = [
  { name: 'run', load: () => import('./run.ts') },
  { name: 'plan', load: () => import('./plan.ts') },
  { name: 'status', load: () => import('./status.ts') },
  { name: 'logs', load: () => import('./logs.ts') },
  {
    name: 'stop',
    also: ['cancel', 'pause', 'resume', 'drain', 'undrain', 'slots'],
    load: () => import('./stop.ts'),
  },
  { name: 'retry', load: () => import('./retry.ts') },
  { name: 'why-rerun', load: () => import('./why-rerun.ts') },
  { name: 'gc', load: () => import('./gc.ts') },
  { name: 'repair', load: () => import('./repair.ts') },
  { name: 'leaderboard', load: () => import('./leaderboard.ts') },
  { name: 'report', load: () => import('./report.ts') },
  { name: 'import', load: () => import('./import.ts') },
  { name: 'parity', load: () => import('./parity.ts') },
  { name: 'replay', load: () => import('./replay.ts') },
  { name: 'strategies', load: () => import('./strategies.ts') },
  { name: 'generate', load: () => import('./generate.ts') },
  { name: 'patch', load: () => import('./patch.ts') },
  { name: 'diagnose', load: () => import('./diagnose.ts') },
  { name: 'upstream-stage', load: () => import('./upstream-stage.ts') },
  { name: 'doctor', load: () => import('./doctor.ts') },
];
