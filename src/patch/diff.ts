import type { Edit } from './trainer-source.ts';

const context = 3;
const unended = '\\ No newline at end of file';

/** A unified diff of one file's edits, as `git apply` takes it. */
export function diffOfEdits(file: string, split: readonly string[], edits: readonly Edit[]): string {
  const isEnded = split.at(-1) === '';
  const lines = isEnded ? split.slice(0, -1) : split;
  let shift = 0;
  const hunks = grouped(edits).map((group) => {
    const first = Math.max(0, (group[0]?.start ?? 0) - context);
    const last = Math.min(lines.length, (group.at(-1)?.end ?? 0) + context);
    const text: string[] = [];
    let at = first;
    for (const { start, end, lines: inserted } of group) {
      text.push(...lines.slice(at, start).map((line) => ` ${line}`));
      text.push(...lines.slice(start, end).map((line) => `-${line}`), ...inserted.map((line) => `+${line}`));
      at = end;
    }
    text.push(...lines.slice(at, last).map((line) => ` ${line}`));
    const added = text.filter((line) => !line.startsWith('-')).length;
    if (!isEnded && last === lines.length) markUnended(text, at === lines.length);
    const hunk = `@@ -${first + 1},${last - first} +${first + 1 + shift},${added} @@\n${text.join('\n')}\n`;
    shift += added - (last - first);
    return hunk;
  });
  return `--- a/${file}\n+++ b/${file}\n${hunks.join('')}`;
}

/** The file's last line has no line feed, before the edits and after. */
function markUnended(text: string[], isReplaced: boolean): void {
  if (isReplaced) text.splice(text.findLastIndex((line) => line.startsWith('-')) + 1, 0, unended);
  text.push(unended);
}

/** A unified diff that creates a file. */
export function diffOfNewFile(file: string, text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return `--- /dev/null\n+++ b/${file}\n@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
}

/** Edits whose contexts touch share a hunk. */
function grouped(edits: readonly Edit[]): Edit[][] {
  const groups: Edit[][] = [];
  for (const edit of edits) {
    const before = groups.at(-1);
    if (before !== undefined && edit.start - (before.at(-1)?.end ?? 0) <= 2 * context) before.push(edit);
    else groups.push([edit]);
  }
  return groups;
}
