import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { queryWarehouse } from '../../warehouse';
import { dayText, publishDays, using, withFolder } from './shop';

function startPublisher(folder: string, name: string, days: readonly number[]): ChildProcess {
  const program = `void require(${JSON.stringify(resolve(__dirname, 'publisher.ts'))}).publishEach(process.argv.slice(1))`;
  const parameters = ['--require', 'tsx/cjs', '-e', program, folder, name, ...days.map(String)];
  return spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  await once(child, 'exit');
  return child.exitCode;
}

async function expectWhole(folder: string, days: readonly number[]): Promise<void> {
  await using({ uri: folder }, async (warehouse) => {
    const reader = await warehouse.release();
    expect((await reader.days('core.fact_sales')).map(({ day }) => day)).toEqual(days.map(dayText));
    const sql =
      'SELECT count(*) AS n, (SELECT sum(line_count)::BIGINT FROM core.dim_country) AS counted FROM core.fact_sales';
    const n = 20 * days.length;
    expect((await queryWarehouse(warehouse, sql)).rows).toEqual([{ n, counted: n }]);
    const logs = await readdir(join(folder, 'tables/core/fact_sales/_delta_log'));
    expect(logs).toHaveLength(reader.release);
    const inCatalog = await warehouse.session(async (session) => {
      await session.run(`ATTACH '${join(folder, 'catalog.duckdb')}' AS shown (READ_ONLY)`);
      const rows = await session.rows('SELECT release FROM shown.meta.releases');
      await session.run('DETACH shown');
      return rows;
    });
    expect(inCatalog).toEqual([{ release: reader.release }]);
  });
}

test('processes that publish at once lose no day, and the catalog shows the last of them', async () => {
  await withFolder(async (folder) => {
    const publishers = [
      startPublisher(folder, 'a', [1, 2, 3, 4]),
      startPublisher(folder, 'b', [5, 6, 7, 8]),
      startPublisher(folder, 'c', [9, 10, 11, 12]),
    ];

    expect(await Promise.all(publishers.map(exitCode))).toEqual([0, 0, 0]);
    await expectWhole(folder, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});

test('a publisher killed at any moment leaves whole releases, and its days can be published again', async () => {
  await withFolder(async (folder) => {
    const days = Array.from({ length: 28 }, (_, index) => index + 1);
    for (const [name, wait] of [
      ['a', 1],
      ['b', 3],
      ['c', 4],
    ] as const) {
      const child = startPublisher(folder, name, days);
      let heard = 0;
      child.stdout?.on('data', () => {
        heard += 1;
        // Somewhere inside the next publish: how far it comes differs each time.
        if (heard === wait) child.kill('SIGKILL');
      });
      await exitCode(child);
      expect(child.signalCode).toBe('SIGKILL');
    }
    await using({ uri: folder }, (warehouse) => publishDays(warehouse, 'rest', days));

    await expectWhole(folder, days);
  });
});
