import { isJsonObject, type Json, TaskError } from '../../engine';
import type { SqlModel } from '../../sql/catalog';
import type { SqlParameters, SqlValue } from '../../warehouse';
import type { TaskContext } from '../context';
import { dayRange } from './day-range';

/**
 * Values for the `$name`s of a SQL text: `$start` and `$end` are the calendar days of the interval,
 * `$source_timezone` the zone of the source's dates; all others come from the task's options, then
 * from the run's parameters, where `$source_timezone` is called so or `sourceTimezone`.
 *
 * Throws `sql_parameter_missing` and `sql_parameter_type`.
 */
export function parametersFor(
  context: TaskContext,
  model: SqlModel,
  options: { readonly [name: string]: Json } = {},
): SqlParameters {
  const params = isJsonObject(context.params) ? context.params : {};
  const entries = model.parameters.map((name): readonly [string, SqlValue] => {
    if (name === 'start' || name === 'end') return [name, dayRange(context.interval, context.timezone)[name]];
    const value =
      options[name] ??
      params[name] ??
      params[camelCase(name)] ??
      (name === 'source_timezone' ? context.timezone : undefined);
    return [name, scalar(model, name, value)];
  });
  return Object.fromEntries(entries);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function scalar(model: SqlModel, name: string, value: Json | undefined): SqlValue {
  if (value === undefined) {
    throw new TaskError({
      code: 'sql_parameter_missing',
      message: `${model.name} needs a value for $${name}: an option of the task or a parameter of the DAG named "${name}".`,
      details: { model: model.name, parameter: name },
    });
  }
  if (value === null || typeof value !== 'object') return value;
  throw new TaskError({
    code: 'sql_parameter_type',
    message: `${model.name} takes one value for $${name}, not ${JSON.stringify(value).slice(0, 100)}.`,
    details: { model: model.name, parameter: name },
  });
}
