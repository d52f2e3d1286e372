export { formatSweepErrors, type SweepFileError, SweepFileProblems } from './errors.ts';
export { type ParsedSweepFile, parseSweepFile } from './parse.ts';
export type { PlannedRun, PlannedStage, StageResources, SweepPlan } from './plan.ts';
export type { ModelFacts, PlanContext, TaskFacts } from './plan-context.ts';
export { planSweep } from './plan-sweep.ts';
export type { Question, SweepFile } from './sweep-file.ts';
export { lookUpFacts, type LookUpOptions, type SweepFacts } from './fingerprint.ts';
export { hubFromEnvironment } from './hub.ts';
