import { appendFileSync, existsSync } from 'node:fs';
import { defineDag, type TaskContext, z } from 'tidemill';

interface Work {
  readonly journal: string;
  readonly slots: number;
}

/** Writes down when it begins and ends, and how many slots it holds meanwhile. */
async function work({ identity }: TaskContext, { journal, slots }: Work): Promise<null> {
  const note = (change: number): void => appendFileSync(journal, `${identity.runId} ${identity.taskId} ${change}\n`);
  note(slots);
  await new Promise((resolve) => setTimeout(resolve, 50));
  note(-slots);
  return null;
}

async function untilOpen(ctx: TaskContext, { gate }: { readonly gate: string }): Promise<null> {
  while (!existsSync(gate) && !ctx.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50));
  return null;
}

const params = z.object({ journal: z.string() });

/** Seven tasks side by side in a pool of two slots, one of which needs both. */
export const pooled = defineDag({ id: 'pooled', params, defaults: { pool: 'narrow' } }, ({ task, run }) => {
  for (let index = 1; index <= 6; index += 1) task(`small_${index}`, work, { journal: run.params.journal, slots: 1 });
  task('wide', work, { journal: run.params.journal, slots: 2 }, { poolSlots: 2 });
});

/** One of its task at a time, over all runs, and a DAG-wide cap beside it. */
export const capped = defineDag({ id: 'capped', params, maxActiveTasksOverRuns: 2 }, ({ task, run }) => {
  task('single', work, { journal: run.params.journal, slots: 1 }, { maxActive: 1, priorityWeight: 10 });
});

/** Holds all slots of a pool until its gate is there. */
export const holding = defineDag({ id: 'holding', params: z.object({ gate: z.string() }) }, ({ task, run }) => {
  task('hold', untilOpen, { gate: run.params.gate }, { pool: 'narrow', poolSlots: 2 });
});
