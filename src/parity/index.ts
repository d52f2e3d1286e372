export { checkProbe } from './check-probe.ts';
export { checkRun, type RunVerdict } from './check-run.ts';
export type { Difference } from './difference.ts';
