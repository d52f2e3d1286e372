import type { Evaluation, UpstreamRun } from '../upstream/upstream-run.ts';
import { alignmentFinding } from './alignment-finding.ts';
import { belowChance, type EvaluationOutput, labelOrder, labelOrderOf } from './evaluation-output.ts';
import { clear, type Finding, hit, unknown } from './finding.ts';

/**
 * Which published defects hit this run, each with the numbers that show it (defects: docs/diagnose.md). What evaluation.py
 * printed of its model tells the labels' order better than the run itself.
 */
export function diagnoseRun(run: UpstreamRun, evaluation?: EvaluationOutput): Finding[] {
  return [
    prefinetuneFinding(run),
    epsilonFinding(run),
    bestModelFinding(run),
    evaluation === undefined ? labelOrderFinding(run) : labelOrderOf(evaluation),
    alignmentFinding(run),
    latchFinding(run),
    selectionFinding(run),
  ];
}

const isPruning = (run: UpstreamRun) => argument(run, 'pruning_type') !== undefined;

/** An argument's text; undefined where it is absent or Python's None. */
function argument(run: UpstreamRun, name: string): string | undefined {
  const value = run.arguments.get(name);
  return value === 'None' ? undefined : value;
}

function numericArgument(run: UpstreamRun, name: string): number | undefined {
  const value = argument(run, name);
  return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value);
}

function prefinetuneFinding(run: UpstreamRun): Finding {
  const id = 'prefinetune-100';
  const title = 'finetuning before pruning is cut to 100 steps';
  const { prefinetuneSteps: steps, totalSteps, epochs } = run;
  if (steps === undefined) return unknown(id, title, 'the log has no line "Prepruning finetune steps"');
  const asked = numericArgument(run, 'prepruning_finetune_epochs');
  if (totalSteps === undefined || epochs === undefined || epochs === 0 || asked === undefined) {
    return steps === 100
      ? hit(
          id,
          title,
          '100 steps were run',
          'The number asked for is not in the log; the README promises 1 or 4 epochs.',
        )
      : clear(id, title, `${steps} steps were run`);
  }
  const promised = Math.round((totalSteps / epochs) * asked);
  const evidence = `${steps} steps were run, ${asked} epochs are ${promised}`;
  if (steps >= promised) return clear(id, title, evidence);
  const share = ((100 * steps) / promised).toFixed(1);
  return hit(
    id,
    title,
    evidence,
    `Pruning began after ${share}% of the asked finetuning. Restore the epoch formula in the trainer.`,
  );
}

function epsilonFinding(run: UpstreamRun): Finding {
  const id = 'epsilon-not-passed';
  const title = 'the sparsity tolerance did not reach the program';
  if (run.arguments.size === 0) return unknown(id, title, 'the log does not print the arguments');
  if (!isPruning(run)) return clear(id, title, 'not a pruning run');
  const epsilon = numericArgument(run, 'sparsity_epsilon');
  const target = numericArgument(run, 'target_sparsity');
  if (epsilon === undefined || target === undefined) return unknown(id, title, 'the log does not print the arguments');
  if (epsilon > 0) return clear(id, title, `sparsity_epsilon is ${epsilon}`);
  const near = run.evaluations.filter((e) => within(e, target, 0.01) && !within(e, target, 0)).length;
  const evidence = `sparsity_epsilon is 0 at target ${target}; ${near} evaluations lay within 0.01 below the target`;
  return target >= 0.9
    ? hit(
        id,
        title,
        evidence,
        'run_CoFi.sh ignores its tenth argument while pruning; the README recommends 0.01 at 95%. Pass --sparsity_epsilon to the program itself.',
      )
    : clear(id, title, `${evidence} (the README asks for a tolerance at 95% only)`);
}

function within(evaluation: Evaluation, target: number, epsilon: number): boolean {
  const sparsity = evaluation.metrics.expected_sparsity;
  return sparsity !== undefined && sparsity - target >= -epsilon;
}

function bestModelFinding(run: UpstreamRun): Finding {
  const id = 'best-never-saved';
  const title = 'no best model is ever saved';
  const task = argument(run, 'task_name')?.toLowerCase();
  const saved = `${run.bestModels.length} best models were saved in ${run.evaluations.length} evaluations`;
  if (run.bestModels.length > 0) return clear(id, title, saved);
  if (task === 'mnli' || task === 'stsb') {
    return hit(
      id,
      title,
      `${saved}; task ${task}`,
      `The score is looked up as ${task === 'mnli' ? 'mnli/acc' : 'corr'}, a key that the metric does not give, so it stays 0. What lies in the output folder is the last model.`,
    );
  }
  if (run.evaluations.length === 0) return unknown(id, title, 'the log has no evaluations');
  return hit(
    id,
    title,
    saved,
    run.savingStarts.length === 0
      ? 'The expected sparsity never came up to the target (less the tolerance) at an evaluation.'
      : 'No score rose above 0.',
  );
}

function labelOrderFinding(run: UpstreamRun): Finding {
  const { id, title } = labelOrder;
  const task = argument(run, 'task_name')?.toLowerCase();
  if (task === undefined) return unknown(id, title, 'the log does not name the task');
  if (task !== 'mnli') return clear(id, title, `task ${task}`);
  const last = run.evaluations.at(-1)?.metrics.accuracy;
  if (last === undefined) return unknown(id, title, 'the log has no accuracy');
  const evidence = `accuracy ${last.toFixed(3)} at the last evaluation`;
  return last < belowChance
    ? hit(
        id,
        title,
        evidence,
        'An accuracy far below chance (0.33) means permuted labels: give evaluation.py a path that begins with princeton-nlp/, or map {0: 1, 1: 2, 2: 0} yourself.',
      )
    : clear(id, title, evidence);
}

function latchFinding(run: UpstreamRun): Finding {
  const id = 'sparsity-latched';
  const title = 'a model below the asked sparsity counts once the target was reached';
  const target = numericArgument(run, 'target_sparsity');
  const best = run.bestModels.at(-1);
  if (target === undefined || best === undefined)
    return unknown(id, title, 'no saved best model or no target in the log');
  const epsilon = numericArgument(run, 'sparsity_epsilon') ?? 0;
  const sparsity = run.evaluations.find((e) => e.step === best.step)?.metrics.expected_sparsity;
  if (sparsity === undefined) return unknown(id, title, `the log has no evaluation at step ${best.step}`);
  const evidence = `the saved model (step ${best.step}, score ${best.score}) has expected sparsity ${sparsity}, asked ${target}`;
  return sparsity - target >= -epsilon
    ? clear(id, title, evidence)
    : hit(
        id,
        title,
        evidence,
        `It is ${(100 * (target - sparsity)).toFixed(2)} points too dense: its score is not one at the asked sparsity.`,
      );
}

function selectionFinding(run: UpstreamRun): Finding {
  const id = 'selected-on-reporting-set';
  const title = 'the model is chosen and reported on the same set';
  const n = run.evaluations.length;
  if (n === 0) return unknown(id, title, 'the log has no evaluations');
  return hit(
    id,
    title,
    `the best of ${n} evaluations on dev`,
    'The reported score is a maximum over these looks and so is biased upwards; hold rows out for choosing.',
  );
}
