/** How many runs each name holds for, in one sentence; nothing where none does. */
export function countNote(title: string, namesByRun: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const name of namesByRun.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const list = [...counts].map(([name, count]) => `${name} in ${count} of ${namesByRun.length} runs`);
  return list.length === 0 ? [] : [`${title}: ${list.join(', ')}.`];
}
