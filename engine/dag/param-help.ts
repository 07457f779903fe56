import { didYouMean, RequestError } from '../errors';
import { isJsonObject, type Json } from '../json';

/** What a person has to know of one parameter. */
export interface ParamHelp {
  readonly name: string;
  /** `string`, `integer`, `list of string`, `one of`, … */
  readonly type: string;
  readonly isRequired: boolean;
  /** Null when there is none. */
  readonly default: Json;
  /** The values that are allowed; empty when there is no list of them. */
  readonly allowed: readonly Json[];
  /** Bounds and forms: `at least 1`, `matches ^a`. */
  readonly limits: readonly string[];
  readonly description: string;
}

/** The parameters of a DAG as its schema tells them, in its order. */
export function paramHelp(schema: Json): readonly ParamHelp[] {
  const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  const required = isJsonObject(schema) && Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(properties).map(([name, property]) => {
    const said = isJsonObject(property) ? property : {};
    return {
      name,
      type: typeText(said),
      isRequired: required.includes(name),
      default: said.default ?? null,
      allowed: allowedOf(said),
      limits: limitsOf(said),
      description: typeof said.description === 'string' ? said.description : '',
    };
  });
}

type Schema = { readonly [key: string]: Json };

function typeText(schema: Schema): string {
  if (Array.isArray(schema.enum) || schema.const !== undefined) return 'one of';
  if (schema.type === 'array') return `list of ${isJsonObject(schema.items) ? typeText(schema.items) : 'anything'}`;
  const choices = [schema.anyOf, schema.oneOf].find(Array.isArray);
  if (choices !== undefined) return choices.filter(isJsonObject).map(typeText).join(' or ');
  const types = [schema.type ?? 'anything'].flat();
  return types.join(' or ');
}

function allowedOf(schema: Schema): readonly Json[] {
  if (schema.const !== undefined) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : [];
}

const limitTexts: { readonly [keyword: string]: (value: string) => string } = {
  minimum: (value) => `at least ${value}`,
  exclusiveMinimum: (value) => `above ${value}`,
  maximum: (value) => `at most ${value}`,
  exclusiveMaximum: (value) => `below ${value}`,
  multipleOf: (value) => `a multiple of ${value}`,
  minLength: (value) => `at least ${value} characters`,
  maxLength: (value) => `at most ${value} characters`,
  minItems: (value) => `at least ${value} items`,
  maxItems: (value) => `at most ${value} items`,
  format: (value) => value,
  pattern: (value) => `matches ${value}`,
};

/** Zod writes the bounds of safe integers, which nobody has to be told, and a pattern beside each format. */
function limitsOf(schema: Schema): readonly string[] {
  return Object.entries(limitTexts).flatMap(([keyword, text]) => {
    const value = schema[keyword];
    const isTold = value !== undefined && Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER;
    return isTold && !(keyword === 'pattern' && schema.format !== undefined) ? [text(String(value))] : [];
  });
}

/**
 * Reads parameters that were given as `key=value`: a text stays one where the schema wants it, all else is JSON. The
 * last of a repeated key counts. `bad_params` names the key and the nearest one, or the value and what is wanted.
 */
export function parseParamTexts(
  dagId: string,
  schema: Json,
  texts: readonly string[],
): { readonly [name: string]: Json } {
  const known = paramHelp(schema);
  return Object.fromEntries(texts.map((text) => parseOne(dagId, known, text)));
}

function parseOne(dagId: string, known: readonly ParamHelp[], text: string): readonly [string, Json] {
  const at = text.indexOf('=');
  if (at <= 0) throw badParam(dagId, text, `"${text}" is no key=value`);
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  const help = known.find((one) => one.name === name);
  if (help === undefined) {
    const names = known.map((one) => one.name);
    const there = names.length === 0 ? 'it has none' : `it has: ${names.join(', ')}`;
    throw badParam(dagId, name, `there is no parameter "${name}"; ${there}.${didYouMean(name, names)}`);
  }
  return [name, parsedValue(dagId, help, value)];
}

function parsedValue(dagId: string, help: ParamHelp, text: string): Json {
  const named = help.allowed.find((value) => value === text || JSON.stringify(value) === text);
  if (named !== undefined) return named;
  const json = jsonOrUndefined(text);
  if (help.allowed.length > 0) {
    const allowed = help.allowed.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
    throw badParam(
      dagId,
      help.name,
      `"${help.name}" is ${text}; allowed: ${allowed.join(', ')}.${didYouMean(text, allowed)}`,
    );
  }
  const wanted = help.type.split(' or ');
  const isFitting = json !== undefined && wanted.some((type) => fits(json, type));
  if (isFitting) return json;
  if (wanted.includes('string') || wanted.includes('anything')) return text;
  throw badParam(dagId, help.name, `"${help.name}" is ${text}, which is no ${help.type}${exampleOf(help.type)}`);
}

function fits(value: Json, type: string): boolean {
  if (type === 'anything') return true;
  if (type.startsWith('list of ')) return Array.isArray(value);
  if (type === 'integer' || type === 'number') return typeof value === 'number';
  if (type === 'object') return isJsonObject(value);
  if (type === 'null') return value === null;
  return type === 'boolean' && typeof value === 'boolean';
}

function exampleOf(type: string): string {
  if (type === 'boolean') return '; write true or false';
  if (type === 'object') return `; write it as '{"name": 1}'`;
  return type.startsWith('list of ') ? `; write it as '[1, 2]' or '["a", "b"]'` : '';
}

function jsonOrUndefined(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function badParam(dagId: string, name: string, problem: string): RequestError {
  return new RequestError({
    code: 'bad_params',
    message: `Parameters of ${dagId}: ${problem}`,
    details: { dag: dagId, param: name, problems: [problem] },
  });
}
