export type Scalar = string | number | boolean;
export type MacroContext = {
  readonly program: string | null;
  readonly interpreter: string;
  readonly parameters: Readonly<Record<string, Scalar>>;
  /** The run's own folder, where it may leave files. */
  readonly outputDir: string;
};

/** As W&B's default. */
export const defaultCommand: readonly string[] = ['${env}', '${interpreter}', '${program}', '${args}'];

/** Macros that stand for several words, and so must stand alone. */
const listMacros = ['args', 'args_no_hyphens', 'args_no_boolean_flags'] as const;
const wordMacros = ['env', 'interpreter', 'program', 'args_json', 'output_dir'] as const;
const pattern = /\$\{([^}]*)\}/g;

/**
 * A command with its macros filled in: W&B's `${env}`, `${interpreter}`, `${program}`, `${args}` and their kin,
 * `${output_dir}`, and `${<parameter>}`. Each word stays one argument, whatever its value holds.
 */
export function expandCommand(command: readonly string[], context: MacroContext): string[] {
  return command.flatMap((word) => {
    const list = listMacros.find((name) => word === `\${${name}}`);
    return list === undefined
      ? [word.replaceAll(pattern, (_, name: string) => wordFor(name, context))]
      : argsFor(list, context);
  });
}

export type UnknownMacro = { readonly word: string; readonly macro: string; readonly expected: readonly string[] };

/** Macros that no sweep with these parameters knows. */
export function unknownMacros(command: readonly string[], parameters: readonly string[]): UnknownMacro[] {
  const inWords: string[] = [...wordMacros, ...parameters];
  return command
    .filter((word) => !listMacros.some((name) => word === `\${${name}}`))
    .flatMap((word) => [...word.matchAll(pattern)].map((match) => ({ word, macro: match[1] ?? '' })))
    .filter(({ macro }) => !inWords.includes(macro))
    .map((unknown) => ({
      ...unknown,
      expected: [...new Set([...listMacros.map((name) => `${name} (alone)`), ...inWords])],
    }));
}

function wordFor(name: string, { program, interpreter, parameters, outputDir }: MacroContext): string {
  switch (name as (typeof wordMacros)[number]) {
    case 'env':
      return '/usr/bin/env';
    case 'interpreter':
      return interpreter;
    case 'program':
      return program ?? '';
    case 'args_json':
      return JSON.stringify(parameters);
    case 'output_dir':
      return outputDir;
    default:
      // A parameter that its condition leaves out of this run is empty.
      return String(parameters[name] ?? '');
  }
}

function argsFor(name: (typeof listMacros)[number], { parameters }: MacroContext): string[] {
  return Object.entries(parameters).flatMap(([parameter, value]) => {
    switch (name) {
      case 'args':
        return [`--${parameter}=${value}`];
      case 'args_no_hyphens':
        return [`${parameter}=${value}`];
      case 'args_no_boolean_flags':
        if (typeof value === 'boolean') return value ? [`--${parameter}`] : [];
        return [`--${parameter}=${value}`];
      default:
        name satisfies never;
        throw new Error('unreachable macro');
    }
  });
}
