import { RequestError } from '../engine/errors';
import { isJsonObject, type Json } from '../engine/json';

/** The parameters given with `--conf`; `bad_conf` when they are no JSON object. */
export function parseConf(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw badConf(text, cause instanceof Error ? cause.message : String(cause));
  }
  if (!isJsonObject(value)) throw badConf(text, 'it is not an object');
  return value;
}

function badConf(text: string, why: string): RequestError {
  return new RequestError({
    code: 'bad_conf',
    message: `--conf ${text} is no JSON object: ${why}. Write it as '{"name": "value"}'.`,
    details: { conf: text },
  });
}
