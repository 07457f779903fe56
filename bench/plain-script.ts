import { EngineBug, isJsonObject, type Json, type TaskSpec } from '../engine';
import type { Project } from '../runner';
import type { SqlCatalog, SqlModel } from '../sql/catalog';

/** One step of the plain script: a statement, or a table that is written. */
export type Step =
  | { readonly kind: 'run'; readonly sql: string; readonly parameters?: Parameters }
  /** Stops the script when the query gives a row. */
  | { readonly kind: 'check'; readonly name: string; readonly sql: string; readonly parameters: Parameters }
  /** One ordered Parquet file, or one for each value of `date_key`. */
  | { readonly kind: 'write'; readonly table: string; readonly orderBy: readonly string[]; readonly byDay: boolean };

export type Parameters = { readonly [name: string]: string | number };

export interface PlainScript {
  readonly daily: readonly Step[];
  readonly marts: readonly Step[];
}

const runParameters: Parameters = { start: '2010-12-01', end: '2011-12-10', source_timezone: 'UTC' };

/**
 * What somebody would write who has the SQL files and nothing else: each of them in the order of the
 * DAGs, as tables in one DuckDB database, with their parameters, the dimensions and the facts' keys,
 * and every result copied to the files that Tidemill writes too. Made from the DAGs and from `sql/`,
 * so that there is no second copy of either.
 *
 * In the script's favour: the tests in the headers, fingerprints, statistics and flushing to the disk
 * are left out, tables are sorted by day so that each day's COPY reads its own part alone, and a table
 * is dropped after its last reader.
 */
export function plainScript(project: Project, source: string): PlainScript {
  const daily = sqlTasks(project, 'retail_daily');
  const marts = sqlTasks(project, 'retail_marts');
  const { models } = project;
  const wholes = inOrder(
    (daily.find(({ kind }) => kind === 'publish')?.wholes ?? []).map(({ name }) => models.get(name)),
  );
  const keyed = daily.filter(({ kind }) => kind === 'sql').flatMap((task) => withKeys(models, task.taskId));
  const laterReads = [...wholes, ...marts.filter(({ kind }) => kind === 'sql').map(({ taskId }) => models.get(taskId))];
  return {
    daily: [
      ...schemas(models),
      rawTable(source),
      ...daily.flatMap((task) => dailySteps(models, task)),
      ...dropUnread(daily, models, laterReads),
      ...wholes.flatMap(wholeSteps),
      ...keyed.flatMap((model) => keySteps(model)),
    ],
    marts: marts.filter(({ kind }) => kind === 'sql').flatMap(({ taskId }) => wholeSteps(models.get(taskId))),
  };
}

function sqlTasks(project: Project, dagId: string): readonly TaskSpec[] {
  const dag = project.dags.find((one) => one.dagId === dagId);
  if (dag === undefined) throw new EngineBug(`There is no DAG ${dagId} to take the plain script from`);
  return dag.spec.tasks;
}

function schemas(models: SqlCatalog): readonly Step[] {
  const names = new Set([...models.models.keys()].map((name) => name.slice(0, name.indexOf('.'))));
  return [...names].map((name) => ({ kind: 'run', sql: `create schema if not exists ${name}` }));
}

/** The records as staging reads them: all text, with file, line and day. */
function rawTable(source: string): Step {
  const path = source.replaceAll("'", "''");
  return {
    kind: 'run',
    parameters: { file: 'online_retail/online_retail.csv.gz' },
    sql: `
      create table raw as
      select $file::varchar as file, row_number() over () + 1 as line, try_cast(trim(InvoiceDate)[:10] as date) as day,
        InvoiceNo as invoice_no, StockCode as stock_code, Description as description, Quantity as quantity,
        InvoiceDate as invoice_date, UnitPrice as unit_price, CustomerID as customer_id, Country as country,
        null::varchar as reject_reason, null::varchar as reject_row
      from read_csv('${path}', all_varchar = true, header = true)`,
  };
}

function dailySteps(models: SqlCatalog, task: TaskSpec): readonly Step[] {
  if (task.kind === 'sql') return sliceSteps(models.get(task.taskId));
  if (task.kind !== 'check') return [];
  const check = models.get(task.taskId);
  const options = isJsonObject(task.input) && isJsonObject(task.input.options) ? task.input.options : {};
  return [{ kind: 'check', name: check.name, sql: check.select, parameters: parametersOf(check, options) }];
}

/** A fact waits for its keys under another name, and is written after the dimensions. */
function sliceSteps(model: SqlModel): readonly Step[] {
  const isDraft = model.keys.length > 0;
  const table = isDraft ? `${model.name}_draft` : model.name;
  const sql = `create table ${table} as select * from (\n${model.select}\n) order by date_key`;
  const create: Step = { kind: 'run', sql, parameters: parametersOf(model) };
  return isDraft ? [create] : [create, { kind: 'write', table, orderBy: model.grain, byDay: true }];
}

function wholeSteps(model: SqlModel): readonly Step[] {
  return [
    { kind: 'run', sql: `create table ${model.name} as\n${model.select}`, parameters: parametersOf(model) },
    { kind: 'write', table: model.name, orderBy: model.grain, byDay: false },
  ];
}

/** Each fact with the key of the dimension version that is valid on its day, by the header's `keys`. */
function keySteps(model: SqlModel): readonly Step[] {
  const columns = model.keys.map(({ column }, index) => `coalesce(v${index}.${column}, 0)::bigint as ${column}`);
  const joins = model.keys.map(
    ({ column, dimension, businessKey }, index) => `
      left join (
        select ${businessKey}, ${column}, strftime(valid_from, '%Y%m%d')::integer as from_day,
          strftime(valid_to, '%Y%m%d')::integer as to_day
        from ${dimension}
        where ${businessKey} is not null
      ) as v${index}
        on v${index}.${businessKey} = facts.${businessKey}
        and facts.date_key >= v${index}.from_day and facts.date_key < v${index}.to_day`,
  );
  const select = `select facts.* replace (${columns.join(', ')}) from ${model.name}_draft as facts${joins.join('')}`;
  return [
    { kind: 'run', sql: `create table ${model.name} as ${select} order by date_key` },
    { kind: 'run', sql: `drop table ${model.name}_draft` },
    { kind: 'write', table: model.name, orderBy: model.grain, byDay: true },
  ];
}

function withKeys(models: SqlCatalog, name: string): readonly SqlModel[] {
  const model = models.get(name);
  return model.keys.length === 0 ? [] : [model];
}

/** What nothing later reads is dropped, for DuckDB's memory is bounded. */
function dropUnread(tasks: readonly TaskSpec[], models: SqlCatalog, later: readonly SqlModel[]): readonly Step[] {
  const isRead = (name: string): boolean => later.some((model) => model.reads.includes(name));
  const made = tasks.filter(({ kind, taskId }) => kind === 'sql' && models.get(taskId).keys.length === 0);
  const unread = made.map(({ taskId }) => taskId).filter((name) => !isRead(name));
  return ['raw', ...unread].map((name) => ({ kind: 'run', sql: `drop table ${name}` }));
}

function inOrder(models: readonly SqlModel[]): readonly SqlModel[] {
  const isBefore = (a: SqlModel, b: SqlModel): boolean => b.reads.includes(a.name);
  return [...models].sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));
}

function parametersOf(model: SqlModel, options: { readonly [name: string]: Json } = {}): Parameters {
  const entries = model.parameters.map((name) => {
    const value = options[name] ?? runParameters[name];
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new EngineBug(`The plain script has no value for $${name} of ${model.name}`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}
