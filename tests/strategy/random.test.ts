import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { mersenneTwister } from '../../src/strategy/random/mersenne-twister.ts';
import { pythonRandom, range } from '../../src/strategy/random/python-random.ts';
import { runPython } from './python.ts';

type Case = { readonly seed: string; readonly n: number; readonly k: number };

const seeds = mersenneTwister([20240501]);

test('sample draws as CPython does for 10,000 seeds, populations and sizes', { timeout: 120_000 }, async () => {
  const cases = Array.from({ length: 10_000 }, (_, index) => randomCase(index));
  const drawn = cases.map(({ seed, n, k }) => {
    const random = pythonRandom(BigInt(seed));
    return [random.sample(range(n), k), random.sample(range(n), k), stateHash(random.state())];
  });
  expect(await runPython(cpythonSamples, cases)).toEqual(drawn);
  expect(cases.some(({ n, k }) => usesSet(n, k)) && cases.some(({ n, k }) => !usesSet(n, k))).toBe(true);
});

test('the state is the one of getstate, before any draw and across a twist', async () => {
  const random = pythonRandom(2n ** 64n + 1n);
  const fresh = random.state();
  for (let draw = 0; draw < 200; draw++) random.sample(range(12), 4);
  const program = `
import json, random
r = random.Random(2**64 + 1)
fresh = r.getstate()[1]
for _ in range(200): r.sample(range(12), 4)
print(json.dumps([fresh, r.getstate()[1]]))`;
  expect(await runPython(program)).toEqual([fresh, random.state()]);
});

test('a sample larger than its population is refused', () => {
  expect(() => pythonRandom(0).sample(range(3), 4)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: Expected a sample of 0 to 3 members, got 4]`,
  );
});

const cpythonSamples = `
import hashlib, json, random, sys
result = []
for case in json.load(sys.stdin):
    r = random.Random(int(case["seed"]))
    draws = [r.sample(range(case["n"]), case["k"]) for _ in range(2)]
    state = ",".join(map(str, r.getstate()[1]))
    result.append([*draws, hashlib.sha256(state.encode()).hexdigest()])
print(json.dumps(result))`;

// Seeds of 0 to 160 bits, negative ones too; populations around the size at which sample changes its branch.
function randomCase(index: number): Case {
  const words = index % 6;
  const magnitude = Array.from({ length: words }, () => BigInt(seeds.nextUint32())).reduce(
    (sum, word) => sum * 2n ** 32n + word,
    0n,
  );
  const seed = index % 11 === 0 ? -magnitude : magnitude;
  const n = 1 + (seeds.nextUint32() % (index % 3 === 0 ? 400 : 30));
  return { seed: String(seed), n, k: seeds.nextUint32() % (Math.min(n, 40) + 1) };
}

function usesSet(n: number, k: number): boolean {
  return n > (k > 5 ? 21 + 4 ** Math.ceil(Math.log(k * 3) / Math.log(4)) : 21);
}

function stateHash(state: readonly number[]): string {
  return createHash('sha256').update(state.join(',')).digest('hex');
}
