import type { Command } from 'commander';
import { DiagnoseInputError, type Diagnosis, diagnose } from '../diagnose/index.ts';

/** `diagnose PATH`: which published defects hit an upstream run or checkout. Exit code 1 where one did. */
export function register(program: Command): void {
  program
    .command('diagnose')
    .description('say which published defects hit an existing upstream run or checkout')
    .argument('<path>', 'an upstream output folder, its log.txt, or a checkout')
    .option('--json', 'print the findings as JSON')
    .action(async (path: string, options: { json?: boolean }) => {
      try {
        const diagnosis = await diagnose(path);
        console.log(options.json === true ? JSON.stringify(diagnosis, null, 2) : describe(diagnosis));
        if (diagnosis.findings.some((finding) => finding.verdict === 'hit')) process.exitCode = 1;
      } catch (error) {
        if (!(error instanceof DiagnoseInputError)) throw error;
        console.error(error.message);
        process.exitCode = 2;
      }
    });
}

function describe(diagnosis: Diagnosis): string {
  const marks = { hit: 'HIT  ', clear: 'clear', unknown: '?    ' };
  const lines = diagnosis.findings.flatMap(({ id, title, verdict, evidence, consequence }) => [
    `${marks[verdict]}  ${id}: ${title}`,
    `       ${evidence}`,
    ...(consequence === '' ? [] : [`       ${consequence}`]),
  ]);
  const hits = diagnosis.findings.filter((finding) => finding.verdict === 'hit').length;
  return [...lines, '', `${hits} of ${diagnosis.findings.length} published defects hit this ${diagnosis.kind}.`].join('\n');
}
