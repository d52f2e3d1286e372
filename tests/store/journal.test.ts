import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openJournal, readJournal, sortLines } from '../../src/store/journal.ts';

function journalPath(): string {
  const dir = mkdtempSync(join(tmpdir(), 'layersweep-journal-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'journal.jsonl');
}

async function write(path: string, keys: readonly string[]): Promise<void> {
  const journal = openJournal(path, () => 7);
  for (const key of keys) journal.append({ event: 'retry-asked', key });
  await journal.close();
}

const keysIn = (path: string) => readJournal(path).map((event) => ('key' in event ? event.key : ''));

test('what was appended is read back, in order and over several openings', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.string(), { maxLength: 5 }), { maxLength: 4 }), async (sessions) => {
      const path = journalPath();
      for (const keys of sessions) await write(path, keys);
      expect(keysIn(path)).toEqual(sessions.flat());
    }),
    { numRuns: 30 },
  );
});

test('wherever a writer is killed in its last line, the lines before it are kept and the next writer goes on', async () => {
  const path = journalPath();
  await write(path, ['a', 'b', 'c']);
  const whole = readFileSync(path);
  const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
  for (let length = lastLine; length < whole.length; length += 1) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    expect(keysIn(path)).toEqual(['a', 'b']);
    await write(path, ['d']);
    expect(keysIn(path)).toEqual(['a', 'b', 'd']);
  }
});

test('a torn earlier line is refused with its place and the command that repairs it', async () => {
  const path = journalPath();
  await write(path, ['a']);
  appendFileSync(path, '{"schemaVersion":1,"atMs":\n');
  await write(path, ['b']);
  expect(() => readJournal(path)).toThrow(
    /journal\.jsonl:2: Expected a journal event, found .* npx layersweep repair /,
  );
  const { readable, damaged } = sortLines(path);
  expect([readable.length, damaged.length]).toEqual([2, 1]);
});
