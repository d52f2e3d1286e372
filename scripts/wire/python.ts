import type { JsonSchema } from './schema.ts';
import { tuple } from './tasks.ts';

const indent = '    ';
const safeInteger = Number.MAX_SAFE_INTEGER;

/** Python source of frozen dataclasses, unions and strict readers for these schemas. */
export function pythonDataclasses(schemas: ReadonlyMap<string, JsonSchema>): string {
  const writer = new Map<string, string>();
  const names = inlineNames(schemas);
  for (const [name, schema] of schemas) define(name, schema);
  return [...writer.values()].join('\n\n\n');

  function define(name: string, schema: JsonSchema): void {
    if (writer.has(name)) return;
    if (schema.properties !== undefined) writer.set(name, objectClass(name, schema));
    else if (schema.oneOf !== undefined) writer.set(name, union(name, schema.oneOf));
    else writer.set(name, alias(name, schema));
  }

  function objectClass(name: string, schema: JsonSchema): string {
    const fields = Object.entries(schema.properties ?? {});
    for (const [field] of fields) requireField(name, field, schema);
    const types = fields.map(
      ([field, part]) => `${indent}${snake(field)}: ${typeOf(name, field, part)}${fallback(part)}`,
    );
    const reads = fields.map(
      ([field, part]) =>
        `${indent.repeat(3)}${snake(field)}=${reader(name, field, part, `fields["${field}"]`, `f"{path}.${field}"`)},`,
    );
    return [
      '@dataclass(frozen=True, kw_only=True, slots=True)',
      `class ${name}:`,
      ...types,
      '',
      `${indent}@classmethod`,
      `${indent}def from_json(cls, value: object, path: str = "$") -> "${name}":`,
      `${indent.repeat(2)}fields = codec.fields(value, path, ${tuple(fields.map(([field]) => field))})`,
      `${indent.repeat(2)}return cls(`,
      ...reads,
      `${indent.repeat(2)})`,
    ].join('\n');
  }

  function union(name: string, members: readonly JsonSchema[]): string {
    const tag = discriminator(members);
    const cases = members.map((member) => {
      const value = String(member.properties?.[tag]?.const);
      const memberName = `${name}${pascal(value)}`;
      define(memberName, member);
      return [value, memberName] as const;
    });
    return [
      `${name}: TypeAlias = ${cases.map(([, member]) => member).join(' | ')}`,
      '',
      '',
      `def read_${snake(name)}(value: object, path: str = "$") -> ${name}:`,
      `${indent}match codec.tag(value, path, "${tag}", ${tuple(cases.map(([value]) => value))}):`,
      ...cases.flatMap(([value, member], index) => [
        `${indent.repeat(2)}case ${index === cases.length - 1 ? '_' : `"${value}"`}:`,
        `${indent.repeat(3)}return ${member}.from_json(value, path)`,
      ]),
    ].join('\n');
  }

  function alias(name: string, schema: JsonSchema): string {
    return [
      `${name}: TypeAlias = ${typeOf(name, '', schema)}`,
      '',
      '',
      `def read_${snake(name)}(value: object, path: str = "$") -> ${name}:`,
      `${indent}return ${reader(name, '', schema, 'value', 'path')}`,
    ].join('\n');
  }

  /** Name of a schema that is written as a class or union of its own, defining it where that is still to do. */
  function ownName(owner: string, field: string, schema: JsonSchema): string | undefined {
    if (schema.$ref !== undefined) return schema.$ref;
    if (schema.properties === undefined && schema.oneOf === undefined) return undefined;
    const name = names.get(JSON.stringify(schema)) ?? `${owner}${pascal(field)}`;
    define(name, schema);
    return name;
  }

  function typeOf(owner: string, field: string, schema: JsonSchema): string {
    const own = ownName(owner, field, schema);
    if (own !== undefined) return own;
    const present = nonNull(schema);
    if (present !== undefined) return `${typeOf(owner, field, present)} | None`;
    if (schema.const !== undefined) return `Literal[${JSON.stringify(schema.const)}]`;
    if (schema.enum !== undefined) return `Literal[${schema.enum.map((value) => JSON.stringify(value)).join(', ')}]`;
    if (schema.items !== undefined) return `tuple[${typeOf(owner, field, schema.items)}, ...]`;
    if (typeof schema.additionalProperties === 'object') {
      return `Mapping[str, ${typeOf(owner, field, schema.additionalProperties)}]`;
    }
    switch (schema.type) {
      case 'string':
        return 'str';
      case 'integer':
        return 'int';
      case 'number':
        return 'float';
      case 'boolean':
        return 'bool';
      case undefined:
        return 'object';
      default:
        throw new Error(`${owner}.${field}: no Python type for JSON type ${String(schema.type)}`);
    }
  }

  function reader(owner: string, field: string, schema: JsonSchema, value: string, path: string): string {
    const own = ownName(owner, field, schema);
    if (own !== undefined) {
      const isClass = (schemas.get(own) ?? schema).properties !== undefined;
      return isClass ? `${own}.from_json(${value}, ${path})` : `read_${snake(own)}(${value}, ${path})`;
    }
    const present = nonNull(schema);
    if (present !== undefined) {
      return `None if ${value} is None else ${reader(owner, field, present, value, path)}`;
    }
    if (schema.const !== undefined) return `codec.constant(${value}, ${path}, ${JSON.stringify(schema.const)})`;
    if (schema.enum !== undefined) return `codec.choice(${value}, ${path}, ${tuple(schema.enum)})`;
    if (schema.items !== undefined) {
      const item = reader(owner, field, schema.items, 'item', 'at');
      const least = schema.minItems === undefined ? '' : `, minimum=${schema.minItems}`;
      return `tuple(${item} for item, at in codec.items(${value}, ${path}${least}))`;
    }
    if (typeof schema.additionalProperties === 'object') {
      const entry = reader(owner, field, schema.additionalProperties, 'entry', 'at');
      return `{name: ${entry} for name, entry, at in codec.entries(${value}, ${path})}`;
    }
    if (schema.type === undefined) return value;
    const scalar = { string: 'string', integer: 'integer', number: 'number', boolean: 'boolean' }[String(schema.type)];
    if (scalar === undefined) throw new Error(`${owner}.${field}: no reader for JSON type ${String(schema.type)}`);
    return `codec.${scalar}(${[value, path, ...limits(schema)].join(', ')})`;
  }
}

/** Inline objects and unions named after their field, where one field name stands for one shape. */
function inlineNames(schemas: ReadonlyMap<string, JsonSchema>): ReadonlyMap<string, string> {
  const shapes = new Map<string, Set<string>>();
  function visit(schema: JsonSchema): void {
    for (const [field, part] of Object.entries(schema.properties ?? {})) {
      const shape = nonNull(part) ?? part;
      if (shape.properties !== undefined || shape.oneOf !== undefined) {
        shapes.set(field, (shapes.get(field) ?? new Set()).add(JSON.stringify(shape)));
      }
      visit(shape);
    }
    for (const member of schema.oneOf ?? []) visit(member);
    if (schema.items !== undefined) visit(schema.items);
  }
  for (const schema of schemas.values()) visit(schema);
  const unique = [...shapes].filter(([field, texts]) => texts.size === 1 && !schemas.has(pascal(field)));
  return new Map(unique.map(([field, texts]) => [[...texts][0] ?? '', pascal(field)]));
}

function nonNull(schema: JsonSchema): JsonSchema | undefined {
  if (Array.isArray(schema.type) && schema.type.length === 2 && schema.type.includes('null')) {
    return { ...schema, type: schema.type.find((type: string) => type !== 'null') };
  }
  if (schema.anyOf?.length !== 2) return undefined;
  const present = schema.anyOf.filter((part) => part.type !== 'null');
  return present.length === 1 ? present[0] : undefined;
}

function discriminator(members: readonly JsonSchema[]): string {
  const constants = members.map((member) =>
    Object.entries(member.properties ?? {})
      .filter(([, part]) => typeof part.const === 'string')
      .map(([field]) => field),
  );
  const tag = constants[0]?.find((field) => constants.every((fields) => fields.includes(field)));
  if (tag === undefined) throw new Error('A union of the wire needs one field that tells its members apart');
  return tag;
}

function limits(schema: JsonSchema): string[] {
  const { pattern, minimum, maximum, exclusiveMinimum } = schema;
  return [
    ...(pattern === undefined ? [] : [`pattern=${JSON.stringify(pattern)}`]),
    ...(minimum === undefined || minimum <= -safeInteger ? [] : [`minimum=${minimum}`]),
    ...(maximum === undefined || maximum >= safeInteger ? [] : [`maximum=${maximum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above=${exclusiveMinimum}`]),
  ];
}

function requireField(name: string, field: string, schema: JsonSchema): void {
  if (schema.additionalProperties !== false) throw new Error(`${name} must be a strict object`);
  if (!schema.required?.includes(field)) throw new Error(`${name}.${field} must be nullable instead of optional`);
}

function fallback(schema: JsonSchema): string {
  return schema.const === undefined ? '' : ` = ${JSON.stringify(schema.const)}`;
}

function snake(name: string): string {
  return name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
}

function pascal(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
