import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSweepFile } from '../../src/sweep/index.ts';
import { builtinVocabulary, namesOf } from '../../src/sweep/parameters.ts';

const text = readFileSync(new URL('../../docs/sweep-files.md', import.meta.url), 'utf8');

test('the page on sweep files lists every parameter, and no other', () => {
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map((match) => match[1]));
  expect(named.toSorted()).toEqual(namesOf(builtinVocabulary).toSorted());
});

test('the example of the page is a sound sweep file', () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  expect(
    parseSweepFile(example.replace('data: { source: directory, path: glue,', 'data: {'), 'example.yaml'),
  ).toMatchObject({ ok: true, warnings: [] });
});
