import type { Command } from 'commander';
import { type Diagnosis, diagnose } from '../diagnose/index.ts';
import { describeGates, readGates } from '../upstream/gates.ts';
import { findPython, pythonPath } from './project.ts';

/** `diagnose PATH`: which published defects hit an upstream run or checkout. Exit code 1 where one did, or the path is neither. */
export function register(program: Command): void {
  program
    .command('diagnose')
    .description('say which published defects hit an existing upstream run or checkout')
    .argument('<path>', 'an upstream output folder, its log.txt, or a checkout')
    .option('--json', 'print the findings as JSON')
    .action(async (path: string, options: { json?: boolean }) => {
      const diagnosis = await diagnose(path);
      const structure = diagnosis.gatesFile === undefined ? undefined : await structureIn(diagnosis.gatesFile);
      const report = { ...diagnosis, ...(structure === undefined ? {} : { structure }) };
      console.log(options.json === true ? JSON.stringify(report, null, 2) : describe(diagnosis, structure));
      if (diagnosis.findings.some((finding) => finding.verdict === 'hit')) process.exitCode = 1;
    });
}

async function structureIn(gatesFile: string): Promise<string> {
  const gates = await readGates(gatesFile, findPython(), pythonPath);
  return typeof gates === 'string' ? gates : describeGates(gates);
}

function describe(diagnosis: Diagnosis, structure: string | undefined): string {
  const marks = { hit: 'HIT  ', clear: 'clear', unknown: '?    ' };
  const lines = diagnosis.findings.flatMap(({ id, title, verdict, evidence, consequence }) => [
    `${marks[verdict]}  ${id}: ${title}`,
    `       ${evidence}`,
    ...(consequence === '' ? [] : [`       ${consequence}`]),
  ]);
  const hits = diagnosis.findings.filter((finding) => finding.verdict === 'hit').length;
  const left = structure === undefined ? [] : ['', `Final structure (${diagnosis.gatesFile}): ${structure}.`];
  return [
    ...lines,
    ...left,
    '',
    `${hits} of ${diagnosis.findings.length} published defects hit this ${diagnosis.kind}.`,
  ].join('\n');
}
