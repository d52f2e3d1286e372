import type { Tool } from './run-tool.ts';

/** Everything that is looked at without running the project, the slowest first. */
export const checks: readonly Tool[] = [
  { name: 'mypy', command: ['mypy'] },
  { name: 'knip', command: ['knip', '--no-progress', '--no-config-hints'] },
  { name: 'biome', command: ['biome', 'check', '.', '--error-on-warnings'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types of the report page', command: ['tsc', '--noEmit', '-p', 'src/report/client'] },
  { name: 'ruff', command: ['ruff', 'check', 'python', 'scripts'] },
  { name: 'ruff format', command: ['ruff', 'format', '--check', 'python', 'scripts'] },
  { name: 'imports', command: ['node', 'scripts/check-imports.ts'] },
  { name: 'generated modules', command: ['node', 'scripts/generate.ts', '--check'] },
  { name: 'generated wire', command: ['node', 'scripts/generate-wire.ts', '--check'] },
];
