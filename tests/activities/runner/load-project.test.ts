import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { canonicalJson, isEngineError } from '../../../engine';
import { installationFolder, loadProject } from '../../../runner';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-project-'));
  mkdirSync(join(folder, 'dags'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const shop = `
  import { defineDag } from 'tidemill';
  import { double } from './numbers/double';
  export const shop = defineDag({ id: 'shop' }, ({ task, sql }) => {
    task('twice', async (_context: unknown, input: { n: number }) => double(input.n), { n: 2 });
    sql('shop.orders');
  });
`;

const orders = `-- model:   shop.orders
-- grain:   one row per (order_id)
-- kind:    whole
-- reads:
-- checks:  unique(order_id)
-- owner:   sales
--
-- One order.

select 1::bigint as order_id
`;

test('a DAG file outside the installation imports tidemill, its own files, and SQL beside its folder', async () => {
  write('dags/shop.ts', shop);
  write('dags/numbers/double.ts', 'export const double = (n: number): number => 2 * n;');
  write('sql/shop/orders.sql', orders);

  const { dags, broken, models } = await loadProject([join(folder, 'dags')]);
  const [dag] = dags;
  const twice = dag?.handlers.get('twice') as (context: unknown, input: { n: number }) => Promise<number>;

  expect(broken).toEqual([]);
  expect(dag?.spec.tasks.map((task) => task.taskId)).toEqual(['twice', 'shop.orders']);
  expect(await twice(null, { n: 4 })).toBe(8);
  expect(models.models.has('core.fact_sales')).toBe(true);
});

test('the version of a DAG follows the code that it imports by path, and not the place where it lies', async () => {
  const load = async (numbers: string, place: string) => {
    write(`${place}/dags/shop.ts`, shop);
    write(`${place}/dags/numbers/double.ts`, numbers);
    write(`${place}/sql/shop/orders.sql`, orders);
    return (await loadProject([join(folder, place, 'dags')])).dags[0]?.versions;
  };
  const first = await load('export const double = (n: number): number => 2 * n;', 'a');
  const moved = await load('export const double = (n: number): number => 2 * n;', 'b');
  const edited = await load('export const double = (n: number): number => n + n;', 'c');

  expect(moved).toEqual(first);
  expect(edited?.spec).toBe(first?.spec);
  expect(edited?.code).not.toBe(first?.code);
});

test('a file that does not compile or throws is named, and the others load', async () => {
  write('dags/broken.ts', "import { defineDag } from 'tidemill';\nexport const x = defineDag({ id: ;\n");
  write('dags/throwing.ts', "throw new Error('no such table');\n");
  write(
    'dags/fine.ts',
    "import { defineDag } from 'tidemill';\nexport const fine = defineDag({ id: 'fine' }, ({ task }) => task('a', async () => null, {}));\n",
  );

  const { dags, broken } = await loadProject([join(folder, 'dags')]);

  expect(dags.map((dag) => dag.dagId)).toEqual(['fine']);
  expect(broken.map(({ error }) => [isEngineError(error) && error.code, error.message])).toEqual([
    ['dag_file_broken', expect.stringContaining('line 2, column 34')],
    ['dag_file_broken', expect.stringContaining('no such table')],
  ]);
});

test('two DAGs of one id, and one SQL model in two folders, are errors that name both files', async () => {
  const one =
    "import { defineDag } from 'tidemill';\nexport const a = defineDag({ id: 'same' }, ({ task }) => task('a', async () => null, {}));\n";
  write('dags/a.ts', one);
  write('dags/b.ts', one);
  await expect(loadProject([join(folder, 'dags')])).rejects.toMatchObject({ code: 'duplicate_dag' });

  rmSync(join(folder, 'dags/b.ts'));
  mkdirSync(join(folder, 'sql/core'), { recursive: true });
  cpSync(join(installationFolder, 'sql/core/fact_sales.sql'), join(folder, 'sql/core/fact_sales.sql'));
  await expect(loadProject([join(folder, 'dags')])).rejects.toMatchObject({ code: 'duplicate_sql_model' });
});

test('every DAG of ours loads, and its spec survives a round trip through JSON', async () => {
  const { dags, broken } = await loadProject([join(installationFolder, 'dags')]);

  expect(broken).toEqual([]);
  expect(dags.map((dag) => dag.dagId)).toEqual(['retail_daily', 'retail_marts']);
  for (const { spec } of dags) expect(JSON.parse(canonicalJson(spec))).toEqual(spec);
});
