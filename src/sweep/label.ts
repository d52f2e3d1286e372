import type { ParameterValue } from './sweep-file.ts';

/** Text on one line, whatever it holds: a line feed as `\\n`. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1);
    return escaped === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : escaped;
  });
}

/** A value as conditions, questions and tables name it. */
export function labelOf(value: ParameterValue): string | number | boolean {
  if (typeof value !== 'object') return value;
  return 'label' in value ? value.label : value.join('+');
}
