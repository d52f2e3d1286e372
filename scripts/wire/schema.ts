import { z } from 'zod';
import { defectSchema, deviationSchema } from '../../src/wire/deviation.ts';
import { eventSchema } from '../../src/wire/event.ts';
import { modelSchema } from '../../src/wire/model.ts';
import { probeMetadataSchema } from '../../src/wire/probe.ts';
import { requestSchema } from '../../src/wire/request.ts';
import { resultSchema } from '../../src/wire/result.ts';
import {
  evaluateConfigSchema,
  finetuneConfigSchema,
  importanceConfigSchema,
  importanceMeasureSchema,
  pruneConfigSchema,
  strategyModuleSchema,
  teacherConfigSchema,
} from '../../src/wire/stage.ts';
import { splitSchema, taskSchema } from '../../src/wire/task.ts';
import { distillationSchema, durationSchema, sparsitySchema, trainingSchema } from '../../src/wire/training.ts';

/** The parts of JSON Schema that zod writes for the wire. */
export type JsonSchema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
};

/** JSON Schemas of the wire by name; a name that is a Python class or union of its own. */
export function wireSchemas(): ReadonlyMap<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of named) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => id, unrepresentable: 'throw' });
  return new Map(named.map(([id]) => [id, schemas[id] as JsonSchema]));
}

const named: readonly (readonly [string, z.ZodType])[] = [
  ['Split', splitSchema],
  ['Task', taskSchema],
  ['Model', modelSchema],
  ['Duration', durationSchema],
  ['Training', trainingSchema],
  ['Distillation', distillationSchema],
  ['Sparsity', sparsitySchema],
  ['Strategy', strategyModuleSchema],
  ['Defect', defectSchema],
  ['Deviation', deviationSchema],
  ['TeacherConfig', teacherConfigSchema],
  ['ImportanceMeasure', importanceMeasureSchema],
  ['ImportanceConfig', importanceConfigSchema],
  ['PruneConfig', pruneConfigSchema],
  ['FinetuneConfig', finetuneConfigSchema],
  ['EvaluateConfig', evaluateConfigSchema],
  ['Request', requestSchema],
  ['Event', eventSchema],
  ['Result', resultSchema],
  ['ProbeMetadata', probeMetadataSchema],
];
