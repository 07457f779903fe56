import { cron, type DagDefinition, defineDag, type TaskOptions, type TaskRef } from 'tidemill';

const noOp = async (): Promise<null> => null;

export const benchChain = chain('bench_chain', 20, {});
export const benchChainLocal = chain('bench_chain_local', 20, { local: true });

/** Tasks one after another. */
function chain(id: string, count: number, defaults: TaskOptions): DagDefinition {
  const description = `${count} tasks that do nothing, one after another.`;
  return defineDag({ id, description, defaults }, ({ task }) => {
    let last: TaskRef<null> | null = null;
    for (let index = 1; index <= count; index += 1) {
      const next: TaskRef<null> = task(`step_${index}`, noOp, {});
      last = last === null ? next : next.after(last);
    }
  });
}

export const benchDaily = defineDag(
  { id: 'bench_daily', description: 'One task that does nothing, for every day.', schedule: cron('0 0 * * *') },
  ({ task }) => {
    task('only', noOp, {});
  },
);

export const benchFanOut100 = fanOut(100);
export const benchFanOut1000 = fanOut(1_000);

/** Tasks side by side, as many at once as every DAG has by default. */
function fanOut(count: number): DagDefinition {
  const description = `${count} tasks that do nothing, side by side.`;
  return defineDag({ id: `bench_fan_out_${count}`, description }, ({ task }) => {
    for (let index = 1; index <= count; index += 1) task(`part_${index}`, noOp, {});
  });
}

export const benchMapping1000 = mapping(1_000);
export const benchMapping10000 = mapping(10_000);

/** A task that does nothing, once for each of many items. */
function mapping(count: number): DagDefinition {
  const description = `One task that does nothing, for each of ${count} items.`;
  return defineDag({ id: `bench_mapping_${count}`, description }, ({ task, mapped }) => {
    const items = task('items', async () => Array.from({ length: count }, (_, index) => index), {});
    mapped('work', async (_context: unknown, _input: { readonly n: number }): Promise<null> => null).expand({
      n: items,
    });
  });
}
