import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderView, type ViewState } from '../../src/cli/live-view.ts';

function stateOf(stages: number, name = 'demo', why = 'out of memory'): ViewState {
  const labels = Array.from({ length: stages }, (_, i) => `prune movies v${i + 3} k 3 60% seed ${i}`);
  const progress = { phase: 'prune', step: 30, totalSteps: 120, metrics: { loss: 0.25, layer: null }, warnings: [] };
  return {
    name,
    snapshot: {
      counts: {
        waiting: 40,
        running: stages,
        following: 0,
        'backing-off': 0,
        succeeded: 3,
        ended: 0,
        failed: 1,
        blocked: 2,
      },
      remaining: { prune: 40 + stages },
      devices: [...labels.map((_, i) => ({ label: `gpu:${i}`, drained: false, runs: 1 })), others, spare],
      slots: stages + 1,
      running: labels.map((label, i) => ({
        key: `key-${i}`,
        label,
        kind: 'prune' as const,
        attempt: 1 + i,
        devices: [`gpu:${i}`],
        seconds: 75,
        progress,
        followed: i === 1,
      })),
      waiting: labels.map((label) => ({ key: label, label: `finetune ${label}`, waitsFor: label })),
      failed: [{ label: 'teacher movies seed 9', message: why }],
      paused: false,
      stopReason: undefined,
    },
    timeLeft: { seconds: 600, low: 480, high: 720, byOthers: [] },
    message: undefined,
  };
}

const spare = { label: 'gpu:9', drained: true, runs: 0 };
const others = { label: 'gpu:8', drained: false, runs: 0, heldBy: 'sweep other, process 42' };

const linesOf = (state: ViewState, columns: number, rows: number) =>
  stripVTControlCharacters(renderView(state, { columns, rows })).split('\n');

describe('the live view', () => {
  test('shows devices, running stages, what waits for what, failures and the time left', () => {
    expect(linesOf(stateOf(2), 100, 12).join('\n')).toMatchInlineSnapshot(`
      "demo  3 of 48 stages done · 2 running · 1 failed · 2 cannot run · 10m00s left (8m00s to 12m00s)
      gpu:0  ████░░░░░░░░░░░░  25%  1m15s prune movies v3 k 3 60% seed 0 prune loss 0.25
      gpu:1  ████░░░░░░░░░░░░  25%  1m15s prune movies v4 k 3 60% seed 1 attempt 2 started elsewhere prun…
      gpu:9  drained
      gpu:8  sweep other, process 42
      waits   finetune prune movies v3 k 3 60% seed 0 for prune movies v3 k 3 60% seed 0
      waits   finetune prune movies v4 k 3 60% seed 1 for prune movies v4 k 3 60% seed 1
      … and 38 more waiting
      failed  teacher movies seed 9: out of memory"
    `);
  });

  test('shows the head and what runs first where there is little room, and says how much it leaves out', () => {
    expect(linesOf(stateOf(6), 48, 7).join('\n')).toMatchInlineSnapshot(`
      "demo  3 of 52 stages done · 6 running · 1 faile…
      gpu:0  ████░░░░░░░░░░░░  25%  1m15s prune movie…
      … and 7 more running or idle
      waits   finetune prune movies v3 k 3 60% seed 0…
      … and 39 more waiting
      failed  teacher movies seed 9: out of memory"
    `);
  });

  test('is never wider or longer than the terminal, at whatever size it is drawn next', () => {
    const size = fc.record({ columns: fc.integer({ min: 0, max: 200 }), rows: fc.integer({ min: 0, max: 60 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.string(),
        fc.array(size, { minLength: 1 }),
        (stages, text, sizes) => {
          for (const { columns, rows } of sizes) {
            const lines = linesOf(stateOf(stages, text, text), columns, rows);
            expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
            for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
          }
        },
      ),
    );
  });

  test('shows nothing of what a log line would do to a terminal', () => {
    const esc = String.fromCharCode(27);
    const drawn = renderView(stateOf(1, 'demo', `${esc}[2J${esc}]0;owned\u0007\r\nwhy`), {
      columns: 80,
      rows: 24,
    });
    expect(drawn).not.toContain(`${esc}[2J`);
    expect(drawn).not.toContain(`${esc}]`);
    expect(drawn).not.toContain('\u0007');
    expect(stripVTControlCharacters(drawn)).toContain('why');
  });
});
