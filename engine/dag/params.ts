import { z } from 'zod';
import { DefinitionError, didYouMean, RequestError } from '../errors';
import { isJsonObject, type Json } from '../json';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/** The parameters' schema as JSON Schema, so that it is part of the spec and outlives the DAG file. */
export function paramsJsonSchema(dagId: string, schema: z.ZodType | null): Json {
  try {
    return z.toJSONSchema(schema ?? z.object({}), { io: 'input' }) as Json;
  } catch (cause) {
    throw new DefinitionError({
      code: 'bad_params_schema',
      message: `DAG ${dagId}: the schema of its parameters cannot be written as JSON Schema (${String(cause)}). Use plain types, enums, lists and objects.`,
      details: { dag: dagId },
      cause,
    });
  }
}

/** A scheduled run is given no parameters, so each needs a default: `param_without_default` names those that have none. */
export function checkScheduledParams(dagId: string, schema: Json): void {
  const required = isJsonObject(schema) && Array.isArray(schema.required) ? schema.required.map(String) : [];
  if (required.length === 0) return;
  throw new DefinitionError({
    code: 'param_without_default',
    message: `DAG ${dagId} has a schedule, but its parameters ${required.join(', ')} have no default, so a scheduled run would not know them. Give them one: z.string().default('…').`,
    details: { dag: dagId, params: required },
  });
}

/**
 * Checks parameters against the spec's JSON Schema and fills in defaults. `bad_params` names every
 * wrong one; an unknown name is an error too, with the nearest known one.
 */
export function checkParams(dagId: string, schema: Json, given: Json): Json {
  if (!isJsonObject(given)) throw badParams(dagId, ['parameters must be a JSON object']);
  const { value, problems } = checkObject(schema, given);
  if (problems.length > 0) throw badParams(dagId, problems);
  return value;
}

/** Checks an object against a JSON Schema and fills in defaults; names everything that is wrong. */
export function checkObject(
  schema: Json,
  given: { readonly [name: string]: Json },
): { readonly value: Json; readonly problems: readonly string[] } {
  const known = isJsonObject(schema) && isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  const problems = unknown.map((name) => `"${name}" is unknown.${didYouMean(name, known)}`);
  const result = z.fromJSONSchema(schema as JsonSchema).safeParse(given);
  if (!result.success) {
    problems.push(...result.error.issues.map((issue) => `"${issue.path.join('.')}": ${issue.message}`));
  }
  return { value: (result.data ?? null) as Json, problems };
}

function badParams(dagId: string, problems: readonly string[]): RequestError {
  return new RequestError({
    code: 'bad_params',
    message: `Parameters of ${dagId}: ${problems.join('; ')}`,
    details: { dag: dagId, problems },
  });
}
