import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type PublishStep, queryWarehouse, type Warehouse } from '../../warehouse';
import { failure, publishDays, using, withFolder, withWarehouse } from './shop';

const steps: readonly PublishStep[] = [
  'built',
  'manifests_put',
  'release_put',
  'dimension_logs_put',
  'logs_put',
  'catalog_put',
];

/** Publishes a second day and dies after a step, as if the process had been killed there. */
async function dieAfter(folder: string, step: PublishStep): Promise<void> {
  await using({ uri: folder, onStep: crash(step) }, async (warehouse) => {
    expect((await failure(publishDays(warehouse, 'dying', [2]))).message).toBe(`killed after ${step}`);
  });
}

/** Steps before `built` belong to completing the release before. */
function crash(at: PublishStep): (step: PublishStep) => void {
  let hasBuilt = false;
  return (step) => {
    hasBuilt ||= step === 'built';
    if (hasBuilt && step === at) throw new Error(`killed after ${step}`);
  };
}

async function visible(warehouse: Warehouse): Promise<unknown> {
  const sql = `SELECT count(*) AS sales, (SELECT sum(line_count)::BIGINT FROM core.dim_country) AS counted FROM core.fact_sales`;
  return (await queryWarehouse(warehouse, sql)).rows[0];
}

async function logs(folder: string, table: string): Promise<readonly string[]> {
  return (await readdir(join(folder, 'tables', 'core', table, '_delta_log'))).sort();
}

for (const step of steps) {
  const isCommitted = step !== 'built' && step !== 'manifests_put';
  const seen = isCommitted ? 'all' : 'none';

  test(`a publisher killed after ${step} leaves ${seen} of its release to the next reader`, async () => {
    await withFolder(async (folder) => {
      await using({ uri: folder }, (warehouse) => publishDays(warehouse, 'first', [1]));
      await dieAfter(folder, step);

      await using({ uri: folder }, async (warehouse) => {
        expect(await visible(warehouse)).toEqual(isCommitted ? { sales: 40, counted: 40 } : { sales: 20, counted: 20 });
      });
      const versions = isCommitted ? 2 : 1;
      expect(await logs(folder, 'fact_sales')).toHaveLength(versions);
      expect(await logs(folder, 'dim_country')).toHaveLength(versions);
    });
  });

  test(`the publisher after one killed after ${step} completes it and goes on`, async () => {
    await withFolder(async (folder) => {
      await using({ uri: folder }, (warehouse) => publishDays(warehouse, 'first', [1]));
      await dieAfter(folder, step);

      await using({ uri: folder }, async (warehouse) => {
        const outcome = await publishDays(warehouse, 'next', [3]);
        expect(outcome).toMatchObject({ kind: 'published', release: isCommitted ? 3 : 2 });
        expect(await visible(warehouse)).toEqual(isCommitted ? { sales: 60, counted: 60 } : { sales: 40, counted: 40 });
        expect(await logs(folder, 'fact_sales')).toHaveLength(isCommitted ? 3 : 2);
      });
    });
  });
}

test('the process that survived a failed step completes its own release at the next look', async () => {
  let isArmed = false;
  const onStep = (step: PublishStep) => {
    if (isArmed && step === 'release_put') throw new Error('killed');
  };
  await withWarehouse(
    async (warehouse, folder) => {
      await publishDays(warehouse, 'first', [1]);
      isArmed = true;
      await failure(publishDays(warehouse, 'dying', [2]));
      isArmed = false;

      expect((await warehouse.release()).release).toBe(2);
      expect(await logs(folder, 'fact_sales')).toHaveLength(2);
    },
    { onStep },
  );
});

test('a commit that somebody else wrote into a table is named and stops the publish before its release', async () => {
  await withWarehouse(async (warehouse, folder) => {
    await publishDays(warehouse, 'first', [1]);
    const foreign = join(folder, 'tables/core/fact_sales/_delta_log/00000000000000000001.json');
    await writeFile(foreign, '{"commitInfo":{"operation":"WRITE","engineInfo":"delta-rs:py-1"}}\n');

    expect(await failure(publishDays(warehouse, 'second', [2]))).toMatchObject({
      code: 'foreign_commit',
      details: { table: 'core.fact_sales', version: 1, commit_info: { engineInfo: 'delta-rs:py-1' } },
    });
    expect((await warehouse.release()).release).toBe(1);
    await rename(foreign, join(folder, 'moved-away.json'));
    expect((await publishDays(warehouse, 'third', [2])).kind).toBe('published');
  });
});

test('a damaged release is named instead of being read', async () => {
  await withFolder(async (folder) => {
    await using({ uri: folder }, (warehouse) => publishDays(warehouse, 'first', [1]));
    const path = join(folder, 'releases/0000000001.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, -20));

    await using({ uri: folder }, async (warehouse) => {
      expect(await failure(warehouse.release())).toMatchObject({
        code: 'object_corrupt',
        details: { key: 'releases/0000000001.json' },
      });
    });
  });
});
