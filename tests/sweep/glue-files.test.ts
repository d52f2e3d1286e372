import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lookUpFacts } from '../../src/sweep/index.ts';
import { parsed, sweepText } from './context.ts';

import { options, problems, repository, root } from './facts-fixture.ts';

describe('a GLUE directory', () => {
  const glue = process.env.LAYERSWEEP_GLUE_DIR ?? join(repository, '../shared/glue');
  const text = sweepText('preset: { value: embedded-6 }').replace('value: movies', 'values: [rte, mrpc]');

  const rows = (count: number) =>
    `index\tsentence1\tsentence2\tlabel\n${'0\tIt rained.\tyes\tentailment\n'.repeat(count)}`;

  test.skipIf(!existsSync(glue))('is known by the bytes of its files', async () => {
    const copy = join(root, 'glue');
    for (const task of ['RTE', 'MRPC']) cpSync(join(glue, task), join(copy, task), { recursive: true });
    const before = await lookUpFacts(parsed(text), { ...options, glueDir: glue });
    const same = await lookUpFacts(parsed(text), { ...options, glueDir: copy });
    writeFileSync(join(copy, 'RTE', 'dev.tsv'), rows(277));
    const after = await lookUpFacts(parsed(text), { ...options, glueDir: copy });
    const prints = (facts: typeof before) => ['rte', 'mrpc'].map((name) => facts.tasks.get(name)?.fingerprint);
    expect(prints(same)).toEqual(prints(before));
    expect(prints(after)[1]).toBe(prints(before)[1]);
    expect(prints(after)[0]).not.toBe(prints(before)[0]);
  });

  test('without what it needs is refused, all tasks at once', async () => {
    const dir = join(root, 'half');
    mkdirSync(join(dir, 'RTE'), { recursive: true });
    writeFileSync(join(dir, 'RTE', 'train.tsv'), '');
    expect(await problems(text, { glueDir: dir })).toMatchInlineSnapshot(`
      "SweepFileProblems: sweep.yaml:5:20 parameters.task.values[0]: ROOT/half/RTE/train.tsv is empty: get it again
      sweep.yaml:5:25 parameters.task.values[1]: ROOT/half has no folder MRPC: expected train.tsv and dev.tsv of MRPC in it"
    `);
    expect(await problems(text, { glueDir: join(root, 'nowhere') })).toMatchInlineSnapshot(`
      "SweepFileProblems: sweep.yaml:5:20 parameters.task.values[0]: The GLUE directory ROOT/nowhere does not exist: give another with --glue-dir or data.path
      sweep.yaml:5:25 parameters.task.values[1]: The GLUE directory ROOT/nowhere does not exist: give another with --glue-dir or data.path"
    `);
    expect(
      await problems(text.replace('method: grid', 'method: grid\ndata: { source: directory }')),
    ).toMatchInlineSnapshot(`
      "SweepFileProblems: sweep.yaml:6:20 parameters.task.values[0]: Task "rte" comes from a GLUE directory, and none is known: give data.path, --glue-dir, or LAYERSWEEP_GLUE_DIR
      sweep.yaml:6:25 parameters.task.values[1]: Task "mrpc" comes from a GLUE directory, and none is known: give data.path, --glue-dir, or LAYERSWEEP_GLUE_DIR"
    `);
  });

  test('with a row that cannot be used is refused before anything is trained, in the words of the stages', async () => {
    const bad = [
      rows(2).replace('yes\tentailment', 'yes'),
      `${rows(3)}3\tIt "rained.\tyes\tmaybe\r\n`,
      rows(2).replace('sentence2', 'sentence 2'),
      rows(0),
      rows(2).replace('It rained.', ' '),
      Buffer.from(rows(2).replace('It', 'Caf\xe9'), 'latin1'),
      Buffer.from(`\uFEFF${rows(2)}`, 'utf16le'),
      `\uFEFF${rows(2).replaceAll('\n', '\r\n')}`,
    ].map((content, i) => {
      const dir = join(root, `bad ${i}`);
      mkdirSync(join(dir, 'RTE'), { recursive: true });
      writeFileSync(join(dir, 'RTE', 'train.tsv'), rows(2490));
      writeFileSync(join(dir, 'RTE', 'dev.tsv'), content);
      return problems(text.replace(', mrpc', ''), { glueDir: dir });
    });
    expect((await Promise.all(bad)).join('\n').replaceAll(/Sweep.*ROOT/g, 'ROOT')).toMatchInlineSnapshot(`
      "ROOT/bad 0/RTE/dev.tsv, line 2: expected 4 tab-separated fields, found 3: '0\\tIt rained.\\tyes'
      ROOT/bad 1/RTE/dev.tsv, line 5: unknown label 'maybe', expected entailment or not_entailment
      ROOT/bad 2/RTE/dev.tsv, line 1: the header has no column 'sentence2'; found index, sentence1, sentence 2, label
      ROOT/bad 3/RTE/dev.tsv has a header and no rows
      ROOT/bad 4/RTE/dev.tsv, line 2: a sentence is empty
      ROOT/bad 5/RTE/dev.tsv, line 2: expected UTF-8 text, found byte 0xe9 at position 6
      ROOT/bad 6/RTE/dev.tsv, line 1: expected UTF-8 text, found byte 0xff at position 1
      none"
    `);
  });

  test('with files cut short is used with a warning that says so', async () => {
    const dir = join(root, 'short');
    mkdirSync(join(dir, 'RTE'), { recursive: true });
    writeFileSync(join(dir, 'RTE', 'train.tsv'), rows(999));
    writeFileSync(join(dir, 'RTE', 'dev.tsv'), rows(277));
    const { warnings } = await lookUpFacts(parsed(text.replace(', mrpc', '')), { ...options, glueDir: dir });
    expect(warnings.map(({ path, message }) => `${path}: ${message.replaceAll(root, 'ROOT')}`)).toEqual([
      "parameters.task.values[0]: ROOT/short/RTE/train.tsv has 1,000 lines, GLUE's RTE has 2,490 rows there: get it again, unless you shortened it",
    ]);
  });

  test('may hold what save_to_disk wrote, as long as it is whole', async () => {
    const rte = text.replace(', mrpc', '');
    const [saved, train] = [join(root, 'saved'), join(root, 'saved', 'rte', 'train')];
    const print = async () =>
      (await lookUpFacts(parsed(rte), { ...options, glueDir: saved })).tasks.get('rte')?.fingerprint;
    mkdirSync(train, { recursive: true });
    writeFileSync(join(saved, 'rte', 'dataset_dict.json'), '{"splits": ["train"]}');
    const halves = [await problems(rte, { glueDir: saved })];
    writeFileSync(join(train, 'state.json'), '{"_data_files": [{"filename": "data.arrow"}]}');
    writeFileSync(join(train, 'dataset_info.json'), '{}');
    halves.push(await problems(rte, { glueDir: saved }));
    writeFileSync(join(train, 'data.arrow'), '');
    halves.push(await problems(rte, { glueDir: saved }));
    writeFileSync(join(train, 'state.json'), '{"_data_files": [{"file');
    halves.push(await problems(rte, { glueDir: saved }));
    expect(halves.join('\n')).toMatchInlineSnapshot(`
      "SweepFileProblems: sweep.yaml:5:20 parameters.task.values[0]: ROOT/saved/rte/train/state.json is missing: the data set is half-written, save it again with save_to_disk
      SweepFileProblems: sweep.yaml:5:20 parameters.task.values[0]: ROOT/saved/rte/train/data.arrow is missing: the data set is half-written, save it again with save_to_disk
      SweepFileProblems: sweep.yaml:5:20 parameters.task.values[0]: ROOT/saved/rte/train/data.arrow is empty: the data set is half-written, save it again with save_to_disk
      SweepFileProblems: sweep.yaml:5:20 parameters.task.values[0]: ROOT/saved/rte/train/state.json is not what save_to_disk writes: the data set is half-written, save it again with save_to_disk"
    `);
    writeFileSync(join(train, 'state.json'), '{"_data_files": [{"filename": "data.arrow"}]}');
    writeFileSync(join(train, 'data.arrow'), 'rows');
    const before = await print();
    writeFileSync(join(train, 'data.arrow'), 'other rows');
    expect(await print()).not.toBe(before);
  });
});
