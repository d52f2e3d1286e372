import { type Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import {
  type CatalogueEntry,
  catalogue,
  catalogueGroups,
  findStrategy,
  UnknownStrategyError,
} from '../strategy/catalogue.ts';
import { strategySha256 } from '../strategy/identity.ts';
import { pythonRandom } from '../strategy/random/python-random.ts';
import { drawLayers } from '../strategy/reference/index.ts';
import { drawPublished } from '../strategy/reference/published.ts';
import { redrawIndexAt } from '../strategy/reference/schedule.ts';
import { validateStrategy } from '../strategy/validate.ts';
import { CommandError } from './command-error.ts';

type Options = { readonly seed: number; readonly layers: number; readonly steps: number; readonly json?: boolean };

/** `strategies [NAME]`: the catalogue, or one strategy with the draws of its first steps. */
export function register(program: Command): void {
  program
    .command('strategies')
    .description('list the named strategies, or explain one')
    .argument('[name]', 'a strategy, such as v4 or published/v6')
    .option('--seed <n>', 'seed of the layer draws', wholeNumber, 0)
    .option('--layers <n>', "the models' depth", wholeNumber, 12)
    .option('--steps <n>', 'how many steps of draws to show', wholeNumber, 8)
    .option('--json', 'print as JSON')
    .action((name: string | undefined, options: Options) => {
      if (name === undefined) console.log(options.json === true ? JSON.stringify(catalogue, null, 2) : list());
      else console.log(options.json === true ? JSON.stringify(find(name), null, 2) : explain(find(name), options));
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('Expected a whole number.');
}

function find(name: string): CatalogueEntry {
  try {
    return findStrategy(name);
  } catch (error) {
    if (error instanceof UnknownStrategyError) throw new CommandError(error.message);
    throw error;
  }
}

function list(): string {
  const groups = catalogueGroups.flatMap(({ title, entries }) => [title, ...entries.flatMap(listed), '']);
  const more = '`layersweep strategies NAME` explains one; --json lists all of each.';
  return [...groups, `${catalogue.length} strategies. ${more}`].join('\n');
}

const listWidth = 100;

function listed({ name, title, formula, source, cost }: CatalogueEntry): string[] {
  const [origin, ...deviations] = source.split('; ');
  const reference = deviations.length === 0 ? source : `${origin}; …`;
  return [`  ${name}`, ...[title, formula, `Search: ${cost}`, `Source: ${reference}`].flatMap(wrapped)];
}

/** Whole words in lines of the list's width, a line that goes on indented further. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '     ';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > listWidth) {
      lines.push(line);
      line = '       ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function explain(entry: CatalogueEntry, options: Options): string {
  const { name, strategy, title, formula, source, cost, needs, published } = entry;
  return [
    `${name}: ${title}`,
    '',
    `Formula  ${formula}`,
    `Source   ${source}`,
    `Search   ${cost}`,
    `Needs    ${needs.length === 0 ? 'nothing beyond hidden states and gates' : needs.join(', ')}`,
    ...(published === undefined ? [] : [`As released  ${published}`]),
    `SHA-256  ${strategySha256(strategy)}`,
    '',
    stringify(strategy).trimEnd(),
    '',
    ...draws(entry, options),
  ].join('\n');
}

function draws({ name, strategy, needs }: CatalogueEntry, { seed, layers, steps }: Options): string[] {
  if (strategy.kind === 'none') return ['It draws no layers.'];
  const misfits = validateStrategy(strategy, { name, teacherLayers: layers, studentLayers: layers });
  if (misfits.length > 0) return [...misfits];
  const unknown = needs.find((need) => need === 'expected-layers' || need === 'layer-importance');
  if (unknown !== undefined) return [`Its layers follow from ${unknown}, which a run gives.`];
  const globalRandom = pythonRandom(seed);
  const shown = Array.from({ length: steps }, (_, step) => {
    if (strategy.kind === 'published') return drawPublished(strategy.version, globalRandom);
    const redrawIndex = redrawIndexAt(strategy.schedule.redraw, step, 0);
    const context = { seed, redrawIndex, expectedLayers: null, layerImportance: null };
    return drawLayers(strategy.selection, { ...context, teacherLayers: layers });
  });
  const head = `Teacher layers (0 to ${layers - 1}) of the first steps with seed ${seed}:`;
  return [head, ...shown.map((drawn, step) => `  step ${step}: ${drawn.join(', ')}`)];
}
