import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { defineDag, type Json, SkipTask, type TaskContext, z } from 'tidemill';

/** Never returns and never pauses: nothing but the end of its thread or process ends it. */
async function spin(_ctx: TaskContext, { pidFile }: { pidFile: string | null }): Promise<null> {
  if (pidFile !== null) writeFileSync(pidFile, String(process.pid));
  for (;;);
}

async function fillHeap(): Promise<number> {
  const held: object[] = [];
  for (;;) held.push({ text: `row ${held.length}` });
}

/** Memory that no JavaScript heap knows of, as of typed arrays and of DuckDB. */
async function fillBuffers(): Promise<number> {
  const held: Buffer[] = [];
  for (;;) {
    held.push(Buffer.alloc(8_000_000, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Uses all of its context, and goes on from its first try's checkpoint. */
async function useContext(ctx: TaskContext): Promise<Json> {
  const last = await ctx.lastCheckpoint();
  ctx.log.info({ rows: 12n, last }, 'at work');
  ctx.heartbeat({ step: 1 });
  await ctx.warehouse.store.put(`isolated/${ctx.attemptName}`, 'written');
  await ctx.checkpoint({ tryNumber: ctx.identity.tryNumber });
  if (last === null) throw new TypeError('the first try fails');
  return { last, isMainThread, pid: process.pid, interval: ctx.interval.start };
}

async function skip(): Promise<null> {
  throw new SkipTask('nothing to do');
}

async function die(): Promise<null> {
  process.exit(3);
}

const nothing = { pidFile: null };

export const isolated = defineDag(
  { id: 'isolated', defaults: { retries: 0, retryDelay: '100 milliseconds' } },
  ({ task }) => {
    task('spin_process', spin, nothing, { isolation: 'process', executionTimeout: '4 seconds' });
    task('spin_thread', spin, nothing, { isolation: 'thread', executionTimeout: '4 seconds' });
    task('heap_process', fillHeap, {}, { isolation: 'process', memory: '256 MB' });
    task('buffers_process', fillBuffers, {}, { isolation: 'process', memory: '300 MB' });
    task('heap_thread', fillHeap, {}, { isolation: 'thread', memory: '64 MB' });
    task('context_process', useContext, {}, { isolation: 'process', retries: 1 });
    task('context_thread', useContext, {}, { isolation: 'thread', retries: 1 });
    task('skip_process', skip, {}, { isolation: 'process' });
    task('die_process', die, {}, { isolation: 'process' });
    task('neighbour', async () => ({ pid: process.pid }), {});
  },
);

export const spinning = defineDag(
  { id: 'spinning', params: z.object({ pid_file: z.string() }), defaults: { executionTimeout: '1 hour' } },
  ({ task, run }) => {
    task('spin', spin, { pidFile: run.params.pid_file }, { isolation: 'process' });
  },
);
