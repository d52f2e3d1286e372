import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { alignedToPruned } from '../diagnose/alignment-finding.ts';
import { diagnoseRun } from '../diagnose/run-findings.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { resultPathOf } from '../store/paths.ts';
import { maskSecrets, secretsIn } from '../store/secrets.ts';
import { evaluateUpstream } from '../upstream/evaluate.ts';
import { type CofiRequest, type CofiResult, cofiRequestSchema } from '../upstream/stage-files.ts';
import { type Training, trainUpstream } from '../upstream/train.ts';
import { exitCodes } from '../wire/event.ts';

/** `upstream-stage`: what the scheduler starts for a stage of `backend: cofi`; not for people. */
export function register(program: Command): void {
  program
    .command('upstream-stage', { hidden: true })
    .requiredOption('--request <file>', 'request.json of the attempt')
    .action(async ({ request: path }: { request: string }) => {
      // The whole process group is told to end: upstream's program first, then this one with its exit code.
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
      const request = cofiRequestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
      const end = await run(request);
      if (end.kind === 'done') writeFileAtomic(resultPathOf(request.stageDir), `${JSON.stringify(end.result)}\n`);
      else {
        if (end.message !== undefined) console.error(end.message);
        process.exitCode = end.exitCode;
      }
    });
}

type End = Exclude<Training, { kind: 'done' }> | { readonly kind: 'done'; readonly result: CofiResult };

async function run(request: CofiRequest): Promise<End> {
  if (request.stage !== 'cofi-evaluate') {
    const secrets = secretsIn(process.env);
    return await trainUpstream(request, {
      mask: (line) => maskSecrets(line, secrets),
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
  }
  // A corrected strategy may match a layer that has its feed-forward left; only the published code meant not to.
  const result = await evaluateUpstream(request, (log) =>
    diagnoseRun(log).flatMap(({ id, verdict }) =>
      verdict === 'hit' && (request.isPublished || id !== alignedToPruned) ? [id] : [],
    ),
  );
  return typeof result === 'string'
    ? { kind: 'failed', exitCode: exitCodes.internalError, message: result }
    : { kind: 'done', result };
}
