/**
 * What must and what must not compile when a DAG is written. `tsc` reads this file and nothing runs it: each
 * `@ts-expect-error` is itself an error as soon as the line below it compiles.
 */
import { z } from 'zod';
import { cron, type DatasetRef, defineDag, type LazyList, type TaskRef } from '../../engine';
import type { Handler } from '../../engine/dag/authoring';

interface Invoice {
  readonly no: string;
  readonly lines: readonly number[];
}

declare const extract: (
  context: never,
  input: { readonly source: string; readonly day?: string },
) => Promise<DatasetRef>;
declare const score: (
  context: never,
  input: { readonly rows: DatasetRef; readonly minimum: number },
) => Promise<number>;
declare const invoices: (context: never, input: Record<never, never>) => Promise<Invoice>;
declare const print: (context: never, input: Invoice) => Promise<void>;
declare const total: (context: never, input: { readonly parts: readonly number[] }) => Promise<number>;
declare const exists: (context: never, input: { readonly path: string }) => Promise<boolean>;
declare const choose: (context: never, input: { readonly path: string }) => Promise<readonly string[]>;

const params = z.object({
  source: z.string().default('landing'),
  window: z.object({ days: z.number() }).optional(),
});

defineDag(
  {
    id: 'shop',
    description: 'Compiles.',
    schedule: cron('0 0 * * *', { timezone: 'UTC', delay: '2 hours' }),
    startDate: '2010-12-01',
    params,
    defaults: { retries: 3, retryDelay: '30 seconds' },
  },
  ({ task, sql, check, sensor, branch, shortCircuit, group, publish, run }) => {
    const landed: TaskRef<boolean> = sensor('wait', exists, { path: run.params.source }, { timeout: '6 hours' });
    const rows: TaskRef<DatasetRef> = task('extract', extract, { source: run.params.source }).after(landed);
    const points: TaskRef<number> = task('score', score, { rows, minimum: 95 });
    task('total', total, { parts: [points, 1, points] });
    task('print', print, task('invoices', invoices, {}));
    task('print_parts', print, { no: 'a', lines: [points] });
    task('deep', total, { parts: [run.params.window.days] });
    const orders = sql('staging.orders', { from: { raw: rows }, retries: 1 });
    check('quality.orders', { on: orders, minimumScore: 95, limit: points });
    branch('fork', choose, { path: run.interval.start });
    shortCircuit('gate', exists, { path: run.runId });
    publish('release', [orders, group('rest', () => sql('core.items'))], { freshWithin: '26 hours' }).after(points);
  },
);

defineDag({ id: 'wrong_inputs', params }, ({ task, sql, check, sensor, branch, shortCircuit, publish, run }) => {
  const rows = task('extract', extract, { source: 'landing' });
  const points = task('score', score, { rows, minimum: 95 });

  // @ts-expect-error an input of another type
  task('a', extract, { source: 5 });
  // @ts-expect-error an input that is missing
  task('b', score, { rows });
  // @ts-expect-error an input that the handler does not have
  task('c', extract, { source: 'landing', sauce: 'x' });
  // @ts-expect-error the output of a task that gives something else
  task('d', score, { rows: points, minimum: 95 });
  // @ts-expect-error the output of a task that gives something else, as the whole input
  task('e', print, points);
  // @ts-expect-error a list with the output of a task that gives something else
  task('f', total, { parts: [rows] });
  // @ts-expect-error a parameter that the schema does not have
  task('g', extract, { source: run.params.sauce });
  // @ts-expect-error a member of a parameter that the schema does not have
  task('h', total, { parts: [run.params.window.weeks] });
  // @ts-expect-error a parameter of another type
  task('i', extract, { source: run.params.window.days });
  // @ts-expect-error a part of the interval that does not exist
  task('j', extract, { source: run.interval.middle });
  // @ts-expect-error a SQL model reads datasets, not numbers
  sql('staging.orders', { from: { raw: points } });
  // @ts-expect-error a check is about datasets
  check('quality.orders', { on: points });
  // @ts-expect-error a check is about something
  check('quality.nothing', { minimumScore: 95 });
  // @ts-expect-error a sensor's handler answers yes or no
  sensor('k', choose, { path: 'x' });
  // @ts-expect-error a short circuit's handler answers yes or no
  shortCircuit('l', choose, { path: 'x' });
  // @ts-expect-error a branch's handler answers with names
  branch('m', exists, { path: 'x' });
  // @ts-expect-error a publish takes tasks and groups, not their names
  publish('n', 'staging.orders');
  // @ts-expect-error what comes before is a task or a group, not its name
  rows.after('score');
});

defineDag({ id: 'wrong_options' }, ({ task, sensor, sql, publish, run }) => {
  // @ts-expect-error an option that no task has
  task('a', extract, { source: 'x' }, { retires: 3 });
  // @ts-expect-error a trigger rule that does not exist
  task('b', extract, { source: 'x' }, { triggerRule: 'all_sucess' });
  // @ts-expect-error a duration without its unit
  task('c', extract, { source: 'x' }, { retryDelay: '30' });
  // @ts-expect-error a duration with a unit that does not exist
  task('d', extract, { source: 'x' }, { retryDelay: '30 secs' });
  // @ts-expect-error a poke interval is for sensors
  task('e', extract, { source: 'x' }, { pokeInterval: '1 minute' });
  // @ts-expect-error a sensor has no freshness
  sensor('f', exists, { path: 'x' }, { freshWithin: '1 day' });
  // @ts-expect-error a SQL model has no input of its own
  sql('core.orders', { input: {} });
  // @ts-expect-error wholes are names
  publish('g', sql('core.orders'), { wholes: [1] });
  // @ts-expect-error a DAG without parameters has none
  task('h', extract, { source: run.params.source });
});

// @ts-expect-error a DAG has an id
defineDag({ description: 'nameless' }, () => []);
// @ts-expect-error a schedule is a timetable, not text
defineDag({ id: 'a', schedule: '0 0 * * *' }, () => []);
// @ts-expect-error an option that no DAG has
defineDag({ id: 'b', catchUp: true }, () => []);
// @ts-expect-error the delay is a duration
cron('0 0 * * *', { delay: 7_200 });

// @ts-expect-error a handler is asynchronous
const synchronous: Handler = () => 5;
void synchronous;

declare const load: (context: never, input: { readonly file: string; readonly into: number }) => Promise<Invoice>;
declare const names: (context: never, input: Record<never, never>) => Promise<readonly string[]>;
declare const sum: (context: never, input: { readonly all: LazyList<Invoice> }) => Promise<number>;

defineDag({ id: 'mapped' }, ({ task, mapped, mapGroup }) => {
  const files = task('files', names, {});
  const one = task('one', invoices, {});
  const all = mapped('load', load).partial({ into: 3 }).expand({ file: files });
  task('sum', sum, { all });
  mapped('lengths', load).expand({ file: ['a'], into: files.map((file) => file.length) });
  mapped('pairs', load).expandKwargs(files.zip([1, 2]).map(([file, into]) => ({ file, into })));
  mapped('again', print).expandKwargs(all);
  const each = mapGroup('each', { invoice: all }, ({ invoice }) => task('print', print, invoice));
  each.after(files);

  // @ts-expect-error an invoice is no list
  mapped('no_list', load).partial({ into: 3 }).expand({ file: one });
  // @ts-expect-error nor is a text
  mapped('no_list_either', load).partial({ into: 3 }).expand({ file: 'a.csv' });
  // @ts-expect-error a list of texts is none of numbers
  mapped('wrong_items', load).partial({ file: 'a' }).expand({ into: files });
  // @ts-expect-error every input needs a value
  mapped('incomplete', load).expand({ file: files });
  // @ts-expect-error there is no such input
  mapped('unknown', load).partial({ fiel: 'a' });
  // @ts-expect-error an invoice has no items to put through a function
  one.map((item: string) => item);
  // @ts-expect-error a mapped task hands on a list, not one invoice
  task('print_all', print, all);
});
