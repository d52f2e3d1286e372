import { describe, expect, test } from 'vitest';
import { toCsv } from '../../src/leaderboard/to-csv.ts';
import { toJson } from '../../src/leaderboard/to-json.ts';
import { toLatex } from '../../src/leaderboard/to-latex.ts';
import { toMarkdown } from '../../src/leaderboard/to-markdown.ts';
import { toTerminal } from '../../src/leaderboard/to-terminal.ts';
import { board, run, seeds } from './records-fixture.ts';

describe('written forms', () => {
  test('have the same numbers', () => {
    const built = board(
      ['none', 'v4'].flatMap((strategy, arm) =>
        seeds.map((seed) => run({ strategy, seed, score: 0.8 + (arm + seed) / 100 })),
      ),
    );
    expect(toMarkdown(built)).toContain('82.00 ± 1.00');
    expect(toLatex(built)).toContain('82.00 $\\pm$ 1.00');
    expect(toCsv(built)).toContain('82,1,');
    const { rows } = JSON.parse(toJson(built)) as { rows: Record<string, unknown>[] };
    expect(rows[1]).toMatchObject({ strategy: 'none', score_mean: 82, score_sd: 1, n: 3 });
  });

  test('say where a row comes from', () => {
    const provenance = {
      device: 'a card',
      seconds: 60,
      steps: 40,
      peakMemoryBytes: 1,
      accumulationFactor: 1,
      packages: { torch: '2.13.0' },
    };
    const built = board(seeds.map((seed) => run({ seed, provenance: { ...provenance, seconds: 60 * seed } })));
    expect(built.notes).toContain('Made on a card with torch 2.13.0.');
    const { rows } = JSON.parse(toJson(built)) as { rows: Record<string, unknown>[] };
    expect(rows[0]).toMatchObject({ devices: 'a card', packages: 'torch 2.13.0', seconds: 120, steps: 40 });
    expect(rows[0]?.runs).toBe('movies-v4-0.6-1; movies-v4-0.6-2; movies-v4-0.6-3');
  });

  test('in LaTeX are a table that stands alone, its marks explained below it', () => {
    const built = board([run({ strategy: 'none' }), run({ strategy: 'a_b%', outcome: { sparsity: 0.55 } })]);
    expect(toLatex(built).slice(toLatex(built).indexOf('\\begin{table}'))).toMatchInlineSnapshot(`
      "\\begin{table}
        \\centering
        \\footnotesize
        \\setlength{\\tabcolsep}{3.5pt}
        \\caption{demo: scores and sparsities in percent, mean $\\pm$ standard deviation over $n$ seeds; differences paired by seed.}
        \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%
        \\begin{tabular}{llrrrrrrrrl}
          \\toprule
          task & strategy & k & asked & achieved & score $\\pm$ sd & n & speed-up & vs none & p (Holm) & parity \\\\
          \\midrule
          movies\\textsuperscript{a} & a\\_b\\% & 4 & 60.0 & 55.0 & 80.00 & 1 & 2.00$\\times$ & 0.00 & 1.0000 & ok (3) \\\\
          movies & none &  & 60.0 & 60.0 & 80.00 & 1 & 2.00$\\times$ & -- &  & ok (3) \\\\
          \\bottomrule
        \\end{tabular}}
        \\par\\smallskip\\raggedright \\textsuperscript{a}~sparsity gap 5.0
      \\end{table}
      "
    `);
  });

  test('say what they leave out', () => {
    const built = board(seeds.map((seed) => run({ seed })));
    expect(toMarkdown(built)).toContain('Left to leaderboard.csv and leaderboard.json for want of room: achieved min');
    expect(toLatex(built)).toContain('% Left to leaderboard.csv and leaderboard.json for want of room: ');
  });

  test('escape names that a spreadsheet, a page or a terminal would act on', () => {
    const built = board([run({ strategy: '=cmd|" /C calc"!A1' }), run({ strategy: '<b>|x</b>\u001b[31m', seed: 2 })]);
    expect(toCsv(built)).toContain(`"'=cmd|"" /C calc""!A1"`);
    expect(toMarkdown(built)).toContain('\\<b\\>\\|x\\</b\\>');
    expect(toMarkdown(built)).not.toContain('\u001b');
    expect(toMarkdown(board([run({ strategy: '$a$ ~~b~~ &lt;' })]))).toContain('\\$a\\$ \\~\\~b\\~\\~ \\&lt;');
    expect(toTerminal(built, 200)).not.toContain('\u001b');
  });

  test('keep to the width of the terminal by leaving columns out, and say so', () => {
    const text = toTerminal(board(seeds.map((seed) => run({ seed }))), 60);
    const table = text.split('\n').slice(2, 5);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(text).toContain('Not shown here for want of room');
  });
});
