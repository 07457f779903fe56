import { DefinitionError } from '../errors';

/** Ids appear in paths, workflow ids and activity names: letters, digits, `_`, `-` and `.`, at most 200. */
export function checkId(what: string, id: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(id)) return;
  throw new DefinitionError({
    code: 'bad_id',
    message: `${what} id "${id}" is not allowed. Use letters, digits, "_", "-" and ".", at most 200.`,
    details: { what, id },
  });
}
