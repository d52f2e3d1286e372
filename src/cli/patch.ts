import type { Command } from 'commander';
import { applyPatch, PatchError, planPatch, revertPatch } from '../patch/index.ts';
import { strategyNeeds } from '../strategy/needs.ts';
import { numberedVersion } from '../strategy/version.ts';
import { CommandError } from './command-error.ts';
import { moduleOf } from './strategy-argument.ts';

type Options = { readonly dryRun?: boolean; readonly revert?: boolean };

/** `patch CHECKOUT STRATEGY`: puts a strategy into a checkout of upstream's repository; `patch CHECKOUT --revert` takes it out. */
export function register(program: Command): void {
  program
    .command('patch')
    .description("put a strategy into a checkout of upstream's repository (princeton-nlp/CoFiPruning)")
    .argument('<checkout>', 'the folder of the checkout')
    .argument('[strategy]', 'a strategy, such as v4, or a YAML or JSON file that specifies one')
    .option('--dry-run', 'show the diff and write nothing')
    .option('--revert', 'bring back every byte as it was')
    .action((checkout: string, strategy: string | undefined, options: Options) => {
      try {
        if (options.revert === true) revert(checkout, strategy, options.dryRun === true);
        else patch(checkout, strategy, options.dryRun === true);
      } catch (error) {
        if (error instanceof PatchError) throw new CommandError(error.message);
        throw error;
      }
    });
}

function patch(checkout: string, argument: string | undefined, dryRun: boolean): void {
  if (argument === undefined) throw new CommandError('Expected a strategy: `layersweep patch CHECKOUT STRATEGY`');
  const { name, strategy, code } = moduleOf(argument);
  const needs = strategyNeeds(strategy);
  if (needs.length > 0) {
    throw new CommandError(
      `Strategy "${name}" needs ${needs.join(' and ')}, which upstream's trainer cannot give. Nothing was written`,
    );
  }
  const planned = planPatch(checkout, { name, code, version: numberedVersion(name) });
  for (const warning of planned.warnings) console.error(`warning: ${warning}`);
  if (planned.done) console.log(`${planned.root} has ${name} already: nothing to do`);
  else if (dryRun) {
    if (planned.earlier !== null) {
      console.error(
        `${planned.root} has ${planned.earlier} now, which is taken out first: the diff is that from upstream's code`,
      );
    }
    process.stdout.write(planned.diff);
  } else {
    applyPatch(planned);
    console.log(
      `${planned.root}: layer distillation by ${name}. \`layersweep patch ${checkout} --revert\` takes it out`,
    );
  }
}

function revert(checkout: string, strategy: string | undefined, dryRun: boolean): void {
  if (strategy !== undefined || dryRun)
    throw new CommandError('Expected --revert alone: `layersweep patch CHECKOUT --revert`');
  console.log(revertPatch(checkout) ? `${checkout} is as it was` : `${checkout} has no patch: nothing to do`);
}
