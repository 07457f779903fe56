import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HandlerRegistry } from '../../../activities';
import { dagVersion, type TaskOrder } from '../../../engine';
import {
  changedFiles,
  installationFolder,
  keepVersions,
  keptVersions,
  type LoadedDag,
  loadProject,
  type Project,
} from '../../../runner';
import { listVersions, type ObjectStore, openFileStore } from '../../../warehouse';

let folder = '';
let store: ObjectStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-versions-'));
  store = await openFileStore(join(folder, 'warehouse'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shop = `
  import { defineDag } from 'tidemill';
  import { price } from './prices/price';
  export const shop = defineDag({ id: 'shop' }, ({ task, sql }) => {
    task('pay', async () => price, {});
    sql('shop.orders');
  });
`;

function orders(id: number): string {
  const header = ['model:   shop.orders', 'grain:   one row per (order_id)', 'kind:    whole', 'reads:', 'checks:'];
  return (
    [...header, 'owner:   sales', '', 'One order.'].map((line) => `-- ${line}`.trim()).join('\n') +
    `\n\nselect ${id}::bigint as order_id\n`
  );
}

async function load(place: string, price: number, orderId = 1): Promise<Project> {
  const root = join(folder, place);
  for (const path of ['dags/prices', 'sql/shop']) mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, 'dags/shop.ts'), shop);
  writeFileSync(join(root, 'dags/prices/price.ts'), `export const price = ${price};`);
  writeFileSync(join(root, 'sql/shop/orders.sql'), orders(orderId));
  return await loadProject([join(root, 'dags')]);
}

function dagOf({ dags }: Project): LoadedDag {
  if (dags[0] === undefined) throw new Error('no DAG was loaded');
  return dags[0];
}

async function find(project: Project, dag: LoadedDag, taskId: string, kind: TaskOrder['kind'] = 'task') {
  const registry = new HandlerRegistry(project.dags, project.builtins, keptVersions(store, project));
  return await registry.find({ dagId: 'shop', taskId, kind, versions: dag.versions });
}

test('the same source gives the same version and the same bundle in another folder', async () => {
  const [here, there] = [dagOf(await load('here', 1)), dagOf(await load('a/deeper/there', 1))];

  expect(there.versions).toEqual(here.versions);
  expect(there.bundle).toBe(here.bundle);
});

test('a version is kept once, by whoever comes first', async () => {
  const [first, second] = [await load('one', 1), await load('two', 1)];
  await Promise.all([keepVersions(store, first), keepVersions(store, second)]);
  const before = await listVersions(store, 'shop');
  await keepVersions(store, second);

  expect(before.map(({ version }) => version)).toEqual([dagVersion(dagOf(first).versions)]);
  expect(await listVersions(store, 'shop')).toEqual(before);
});

describe('a run of a version that the files have left behind', () => {
  test('finds the function that it was started with, and the SQL', async () => {
    const old = await load('old', 1, 7);
    await keepVersions(store, old);
    const current = await load('new', 2, 8);

    const pay = await find(current, dagOf(old), 'pay');

    expect(await pay({} as never, {})).toBe(1);
    await expect(find(current, dagOf(old), 'shop.orders', 'sql')).resolves.toEqual(expect.any(Function));
    expect(await (await find(current, dagOf(current), 'pay'))({} as never, {})).toBe(2);
    expect(changedFiles(dagOf(old).bundle, dagOf(current).bundle)).toEqual(['prices/price.ts']);
  });

  test('is refused with both versions when it was never kept, and runs once it is', async () => {
    const [old, current] = [await load('old', 1), await load('new', 2)];
    const registry = new HandlerRegistry(current.dags, current.builtins, keptVersions(store, current));
    const order = { dagId: 'shop', taskId: 'pay', kind: 'task', versions: dagOf(old).versions } as const;

    await expect(registry.find(order)).rejects.toMatchObject({
      code: 'handler_missing',
      details: { asked: dagOf(old).versions, present: dagOf(current).versions },
    });
    await keepVersions(store, old);
    expect(await (await registry.find(order))({} as never, {})).toBe(1);
  });

  test('is refused with the reason when its code does not load any more', async () => {
    const old = await load('old', 1);
    const broken = { ...old, dags: [{ ...dagOf(old), bundle: "require('no-such-package')" }] };
    await keepVersions(store, broken);

    await expect(find(await load('new', 2), dagOf(old), 'pay')).rejects.toMatchObject({
      code: 'handler_missing',
      message: expect.stringMatching(/no-such-package[\s\S]*Install what it needs/),
    });
  });
});

test('our own DAGs are kept whole: every handler loads from the bundle alone', async () => {
  const project = await loadProject([join(installationFolder, 'dags')]);
  await keepVersions(store, project);
  for (const dag of project.dags) {
    const kept = await keptVersions(store, project).find(dag.dagId, dag.versions);
    expect([...(kept?.handlers.keys() ?? [])]).toEqual([...dag.handlers.keys()]);
  }
});
