import { type Command, Option } from 'commander';
import type { Json, ParamHelp } from '../engine';
import { isJsonObject } from '../engine/json';
import { parseConf } from './json-option';
import { load } from './load';
import { type ListColumn, type ListFormat, printList, textOf } from './output';

/** The parameters of a run as they are given on a command line. */
export interface ParamFlags {
  readonly conf?: string;
  readonly param?: readonly string[];
}

/** Adds `--param` (repeatable), `--conf` and `--help-params`. */
export function addParamOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--param <key=value>', 'one parameter, read by its schema; may be given several times').argParser(
        (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
      ),
    )
    .option('--conf <json>', 'parameters of the run as a JSON object; --param goes before it')
    .option('--help-params', "print the DAG's parameters with types, defaults and allowed values, and do nothing");
}

/** Puts what was given together; null when nothing was. */
export function paramsOf(dagId: string, schema: Json, flags: ParamFlags): Json | null {
  const conf = parseConf(flags.conf);
  if (conf === undefined && flags.param === undefined) return null;
  const given = load.engine().parseParamTexts(dagId, schema, flags.param ?? []);
  return { ...(isJsonObject(conf ?? null) ? (conf as { [name: string]: Json }) : {}), ...given };
}

const columns: readonly ListColumn<ParamHelp>[] = [
  { name: 'name', value: (param) => param.name },
  { name: 'type', value: (param) => param.type },
  {
    name: 'default',
    value: (param) => param.default,
    text: (param) => (param.isRequired ? '(required)' : textOf(param.default)),
  },
  { name: 'required', value: (param) => param.isRequired, isDetail: true },
  {
    name: 'allowed',
    value: (param) => param.allowed,
    text: (param) => [...param.allowed.map(textOf), ...param.limits].join(', '),
    canShrink: true,
  },
  { name: 'limits', value: (param) => param.limits, isDetail: true },
  { name: 'description', value: (param) => param.description, canShrink: true },
];

/** Prints the help of a DAG's parameters. */
export async function printParamHelp(dagId: string, schema: Json, format: ListFormat): Promise<void> {
  const rows = load.engine().paramHelp(schema);
  await printList(rows, columns, { format, empty: `${dagId} has no parameters.` });
}
