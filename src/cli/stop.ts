import { type Command, Option } from 'commander';
import { type SweepCommand, sendCommand } from '../store/control-channel.ts';
import { sweepPaths } from '../store/paths.ts';
import { sweepHolder } from '../store/sweep-folder.ts';
import { CommandError } from './command-error.ts';
import { endOrphans } from './end-orphans.ts';
import { findSweep } from './find-sweep.ts';
import { printJson } from './json-shapes.ts';
import { defaultResultsDir, toPath } from './project.ts';
import { readSnapshot } from './sweep-state.ts';

type Options = {
  results: string;
  sweep?: string;
  json?: boolean;
  kill?: boolean;
};

/** The verbs that tell a running sweep something: stop, cancel, pause, resume, drain, undrain, slots. */
export function register(program: Command): void {
  verb(program, 'stop', 'finish what runs, start nothing more').action((name: string | undefined, options: Options) =>
    tell(name, options, { command: 'finish' }),
  );
  verb(program, 'cancel', 'end what runs; it goes on from its checkpoint with the next run')
    .option('--kill', 'at once, without asking the stages to end')
    .action((name: string | undefined, options: Options) => cancel(name, options));
  verb(program, 'pause', 'hold starts until `resume`').action((name: string | undefined, options: Options) =>
    tell(name, options, { command: 'pause' }),
  );
  verb(program, 'resume', 'release starts that `pause` holds').action((name: string | undefined, options: Options) =>
    tell(name, options, { command: 'resume' }),
  );
  telling(program, 'drain <device>', 'start nothing more on a device, such as gpu:1', (device) => ({
    command: 'drain',
    device,
  }));
  telling(program, 'undrain <device>', 'use a drained device again', (device) => ({ command: 'undrain', device }));
  telling(program, 'slots <n>', 'how many of its devices a running sweep uses at once', (count) => ({
    command: 'slots',
    count: parseCount(count),
  }));
}

/** A verb that says what, and then which sweep. */
function telling(program: Command, usage: string, description: string, commandOf: (what: string) => SweepCommand) {
  verb(program, usage, description)
    // As it was spelt before it took the sweep like the other verbs.
    .addOption(new Option('--sweep <name>').hideHelp())
    .action((what: string, name: string | undefined, options: Options) =>
      tell(name ?? options.sweep, options, commandOf(what)),
    );
}

function verb(program: Command, usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .argument('[sweep]', 'name or file of a sweep; the latest without')
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--json', 'print it as JSON');
}

/** Also ends stages that go on running without an orchestrator. */
async function cancel(nameOrFile: string | undefined, options: Options): Promise<void> {
  const { name, stages } = findSweep(options.results, nameOrFile);
  if (sweepHolder(options.results, name))
    return tell(nameOrFile, options, {
      command: 'cancel',
      kill: options.kill ?? false,
    });
  const orphans = await endOrphans(options.results, stages, options.kill ? 'SIGKILL' : 'SIGTERM');
  const hosts = [...new Set(orphans.elsewhere.map(({ host }) => host))].join(', ');
  const left = `; ${orphans.elsewhere.length} go on where only the same command there can end them: on ${hosts}`;
  const text = `${name}: ended ${orphans.ended} stages that ran on without it${hosts === '' ? '' : left}`;
  if (options.json) printJson('cancel', { sweep: name, taken: true, ...orphans });
  else console.log(text);
}

async function tell(nameOrFile: string | undefined, options: Options, command: SweepCommand): Promise<void> {
  const { name } = findSweep(options.results, nameOrFile);
  if (!sweepHolder(options.results, name)) {
    say(options, { sweep: name, taken: false }, `The sweep \`${name}\` is not being run: there is nobody to tell.`);
    process.exitCode = 1;
    return;
  }
  checkDevices(options.results, name, command);
  const taken = await sendCommand(sweepPaths(options.results, name).control, command);
  say(
    options,
    { sweep: name, taken },
    taken ? `${name}: ${command.command} taken` : `${name}: its process did not answer within 5 s`,
  );
  if (!taken) process.exitCode = 1;
}

/** What its process could not obey is said here, where somebody reads it. */
function checkDevices(resultsDir: string, name: string, command: SweepCommand): void {
  const labels = readSnapshot(sweepPaths(resultsDir, name).status)?.devices.map(({ label }) => label) ?? [];
  if (labels.length === 0) return;
  if ((command.command === 'drain' || command.command === 'undrain') && !labels.includes(command.device)) {
    throw new CommandError(`\`${name}\` runs on no device called \`${command.device}\`. It has: ${labels.join(', ')}`);
  }
  if (command.command === 'slots' && command.count > labels.length && labels[0]?.startsWith('gpu:')) {
    throw new CommandError(`Expected at most ${labels.length}, the GPUs that \`${name}\` found, got ${command.count}`);
  }
}

function say({ json }: Options, value: { sweep: string; taken: boolean }, text: string): void {
  if (json) printJson('stop', value);
  else console.log(text);
}

function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) {
    throw new CommandError(`slots: expected a whole number from 1 up, got ${value}. To start nothing more: pause`);
  }
  return count;
}
