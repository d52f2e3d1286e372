import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { parse, YAMLError } from 'yaml';
import { prettifyError } from 'zod';
import { findStrategy, UnknownStrategyError } from '../strategy/catalogue.ts';
import { type Strategy, strategySchema } from '../strategy/specification/strategy.ts';
import { emitModule, UnsupportedStrategyError } from '../strategy/torch/index.ts';
import { NoLayerCountError, withK } from '../strategy/with-k.ts';
import { CommandError } from './command-error.ts';

export type NamedModule = { readonly name: string; readonly strategy: Strategy; readonly code: string };

/** The module of a strategy that the command line names, by its catalogue name or by a YAML or JSON file that specifies it. */
export function moduleOf(argument: string, k?: number): NamedModule {
  try {
    const { name, strategy } = /\.(?:ya?ml|json)$/.test(argument)
      ? readSpecification(argument)
      : findStrategy(argument);
    if (k === undefined) return { name, strategy, code: emitModule(name, strategy) };
    const label = `${name}-k${k}`;
    const changed = withK(strategy, k, name);
    return { name: label, strategy: changed, code: emitModule(label, changed) };
  } catch (error) {
    if (mendable.some((kind) => error instanceof kind)) throw new CommandError((error as Error).message);
    throw error;
  }
}

const mendable = [UnknownStrategyError, UnsupportedStrategyError, NoLayerCountError];

function readSpecification(file: string): { name: string; strategy: Strategy } {
  const name = basename(file, extname(file));
  const read = strategySchema.safeParse(parseText(file));
  if (!read.success)
    throw new CommandError(`${file} is not the specification of a strategy:\n${prettifyError(read.error)}`);
  return { name, strategy: read.data };
}

function parseText(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof YAMLError) throw new CommandError(`${file}: ${error.message}`);
    if (error instanceof Error && 'code' in error) throw new CommandError(`Cannot read ${file}: ${error.message}`);
    throw error;
  }
}
