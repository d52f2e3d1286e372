import { isMapping } from './parse.ts';
import { readYamlDocument } from './yaml-document.ts';

/** Which backend a sweep file is for; how else it may be wrong is for the parser of that backend to say. */
export function backendOf(text: string): 'builtin' | 'command' | 'cofi' {
  const { value } = readYamlDocument(text, '');
  const backend = isMapping(value) ? value.backend : undefined;
  return backend === 'command' || backend === 'cofi' ? backend : 'builtin';
}
