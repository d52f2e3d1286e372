import { describe, expect, test } from 'vitest';
import { reportedFor, reportedScores } from '../../src/glue/reported-scores.ts';
import { findTask, taskNames, tasks } from '../../src/glue/tasks.ts';

describe('a task', () => {
  test.each([
    ['STSB', 'stsb'],
    ['STS-B', 'stsb'],
    ['sts_b', 'stsb'],
    ['SST2', 'sst2'],
    ['SST-2', 'sst2'],
    ['sst', 'sst2'],
    ['CoLA', 'cola'],
    ['MNLI-m', 'mnli'],
    ['Movie snippets', 'movies'],
  ])('is found as %s', (spelling, name) => {
    expect(findTask(spelling)?.name).toBe(name);
  });

  test('is found by its name and its label, and nothing else is', () => {
    for (const { name, label } of tasks) expect([findTask(name)?.name, findTask(label)?.name]).toEqual([name, name]);
    for (const spelling of ['', 'constructor', '__proto__', 'wnli', 'stsbb'])
      expect(findTask(spelling)).toBeUndefined();
  });

  test('is measured first by its primary metric', () => {
    for (const task of tasks) expect(task.metrics[0]).toBe(task.primaryMetric);
    expect(taskNames).toHaveLength(12);
  });
});

describe('reported scores', () => {
  test('name a known task, one of its metrics, and where they were read', () => {
    for (const score of reportedScores) {
      const task = findTask(score.task);
      expect(task?.metrics).toContain(score.metric);
      expect(score.source.length).toBeGreaterThan(10);
      expect(score.score).toBeGreaterThan(30);
      expect(score.score).toBeLessThan(100);
    }
  });

  test('are found by task and sparsity, the best-graded first', () => {
    expect(reportedFor('mnli', 95).map(({ score, grade }) => `${score} ${grade}`)).toEqual([
      '80.6 source',
      '80.6 talk',
    ]);
    expect(reportedFor('sst2', 75).map(({ score, grade }) => `${score} ${grade}`)).toEqual(['92.9 figure']);
    expect(reportedFor('rte', 95)[0]).toMatchObject({ score: 66.1, sparsity: 96.2, speedup: 12.8 });
    expect(reportedFor('rte', 80)).toEqual([]);
    expect(reportedFor('sst2', 95, 'prediction loss only')[0]?.score).toBe(91.1);
  });
});
