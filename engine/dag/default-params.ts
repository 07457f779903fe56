import { isJsonObject, type Json } from '../json';

/**
 * The parameters of a run that nobody gave any, such as a scheduled one: the defaults that the spec's
 * JSON Schema holds. Kept apart from `params.ts` because workflows need it and must not load a schema library.
 */
export function defaultParams(schema: Json): Json {
  const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) =>
      isJsonObject(property) && property.default !== undefined ? [[name, property.default]] : [],
    ),
  );
}
