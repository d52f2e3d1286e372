import type { ParameterValue } from './sweep-file.ts';

/** A value as conditions, questions and tables name it. */
export function labelOf(value: ParameterValue): string | number | boolean {
  if (typeof value !== 'object') return value;
  return 'label' in value ? value.label : value.join('+');
}
