import { z } from 'zod';

/** For what is read by the thousand: a schema compiled when it is first used, since that takes some milliseconds. */
export function compiledWhenUsed<T extends z.ZodType>(schema: T): () => T {
  let compiled: T | undefined;
  return () => {
    compiled ??= z.compile(schema);
    return compiled;
  };
}
