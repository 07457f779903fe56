import { openWarehouse } from '../../warehouse';
import { publishDays } from './shop';

/** What a publisher in a process of its own does. Says `published DAY` after each day. */
export async function publishEach([folder = '', name = '', ...days]: readonly string[]): Promise<void> {
  const warehouse = await openWarehouse({ uri: folder, threads: 1 });
  for (const day of days) {
    const outcome = await publishDays(warehouse, `${name}-${day}`, [Number(day)]);
    process.stdout.write(`${outcome.kind} ${day}\n`);
  }
  await warehouse.close();
}
