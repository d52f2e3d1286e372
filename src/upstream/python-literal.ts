/** The repr of a flat Python dict of numbers, strings and lists; undefined where it is something else. */
export function parsePythonDict(text: string): Record<string, unknown> | undefined {
  const json = text
    .replace(/np\.(?:float|int)\d+\(([^)]*)\)/g, '$1')
    .replace(/\b(?:nan|None|-?inf)\b/g, 'null')
    .replace(/\bTrue\b/g, 'true')
    .replace(/\bFalse\b/g, 'false')
    .replace(/'/g, '"');
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

export function numbersOf(values: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

export function numberList(value: unknown): number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined;
}
