import { expect, test } from 'vitest';
import { createEventMaker } from '../../src/upstream/log-events.ts';
import { createLogReader } from '../../src/upstream/log-lines.ts';
import { readUpstreamLog } from '../../src/upstream/read-log.ts';

const log = [
  'INFO - __main__ - ************* 277 Evaluation Examples Loaded *************',
  'Model Size before pruning: 85054464',
  'Model Size after pruning: 4330279',
  '  Total optimization steps = 7800',
  "INFO - trainer.trainer - Evaluating: {'accuracy': 0.5270758122743683, 'eval_loss': np.float32(0.69), 'step': 0}",
  'INFO - trainer.trainer - Starting l0 regularization!',
  "{'loss': 0.25, 'reg_loss': 0.0, 'lag_loss': -0.5, 'learning_rate': 1.9e-05}",
  'INFO - trainer.trainer - v4 Global step: 100, Alignment: tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,',
  "         9, 10, -1], device='cuda:0')",
  'Iteration: 100%|##########| 78/78 [00:05<00:00, 15.1it/s]',
  "INFO - trainer.trainer - v3 Global step: 200, Alignment: tensor([2, 5, 8, 11], device='cuda:0')",
];

test('a log is read the same line by line, tensors over several lines and numbers of new numpy included', () => {
  const run = readUpstreamLog(log.join('\r\n'));
  expect(run).toMatchObject({
    evalExamples: 277,
    parametersBefore: 85_054_464,
    parametersAfter: 4_330_279,
    totalSteps: 7800,
    evaluations: [{ step: 0, metrics: { accuracy: 0.5270758122743683, eval_loss: 0.69 } }],
    alignments: [
      { line: 8, version: 4, step: 100, studentLayers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1] },
      { line: 11, version: 3, step: 200, studentLayers: [2, 5, 8, 11] },
    ],
  });
});

test('what a followed log says becomes events, with steps counted where its lines have none', () => {
  const reader = createLogReader();
  const eventsOf = createEventMaker({ stage: 'cofi-prune', loggingSteps: 100, drawnLayers: [2, 5, 8, 11] });
  const events = log.flatMap((line) => reader.push(line)).flatMap(eventsOf);
  expect(events).toEqual([
    { event: 'progress', phase: 'prefinetune', step: 0, totalSteps: 7800 },
    { event: 'progress', phase: 'prefinetune', step: 0, totalSteps: 7800 },
    { event: 'metrics', step: 0, values: { accuracy: 0.5270758122743683, eval_loss: 0.69 } },
    { event: 'progress', phase: 'prune', step: 0, totalSteps: 7800 },
    { event: 'progress', phase: 'prune', step: 100, totalSteps: 7800 },
    { event: 'metrics', step: 100, values: { loss: 0.25, lagrangian: -0.5, learning_rate: 1.9e-5 } },
    // The alignment of twelve layers is of another selection than this run's.
    {
      event: 'choices',
      steps: [200],
      drawnLayers: [[2, 5, 8, 11]],
      alignments: [[2, 5, 8, 11]],
      stepsWithoutSurvivor: 0,
    },
  ]);
});
