import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { attemptLogPath } from '../../activities';
import { type House, withHouse } from '../support/house';
import { until } from '../support/until';

const dags = [join(__dirname, 'isolated-dags')];
const timeoutMs = 240_000;
const stepTimeoutMs = 90_000;

test(
  'a handler of its own thread or process is ended at its time or memory, the error says which, and nobody else is harmed',
  async () => {
    await withHouse({ dags }, async (house) => {
      const worker = await house.startWorker();
      await house.deploy();
      const [runId = ''] = await house.client.trigger({ dagId: 'isolated' });
      await house.client.result('isolated', runId);
      const { run } = await house.client.run('isolated', runId);

      const codes = Object.entries(run.tasks).map(([taskId, { state, failure }]) => [taskId, failure?.code ?? state]);
      expect(Object.fromEntries(codes)).toEqual({
        spin_process: 'execution_timeout',
        spin_thread: 'execution_timeout',
        heap_process: 'memory_exceeded',
        buffers_process: 'memory_exceeded',
        heap_thread: 'memory_exceeded',
        context_process: 'user_code_failed',
        context_thread: 'user_code_failed',
        skip_process: 'skipped',
        die_process: 'isolated_task_died',
        neighbour: 'success',
      });
      expect(run.tasks.heap_thread?.failure).toMatchObject({
        message: expect.stringMatching(/^The thread of heap_thread needed more memory than its bound of 64 MB/),
        details: { isolation: 'thread', memory_mb: 64 },
      });
      // The same worker served all of it, without losing an attempt.
      expect(run.tasks.neighbour?.output).toEqual({ pid: worker.pid });
      expect(run.attempts.filter(({ state }) => state === 'lost')).toEqual([]);

      const [inProcess, inThread] = [run.tasks.context_process, run.tasks.context_thread];
      const start = run.identity.interval.start;
      expect(inProcess).toMatchObject({ state: 'success', output: { last: { tryNumber: 1 }, interval: start } });
      expect(inProcess?.output).not.toMatchObject({ pid: worker.pid });
      expect(inThread).toMatchObject({ state: 'success', output: { isMainThread: false, pid: worker.pid } });
      expect(logOf(house, runId, 'context_process')).toContain('"message":"at work"');
    });
  },
  timeoutMs,
);

test(
  'a process of a task is gone after a stop of its run, and after a kill -9 of its worker',
  async () => {
    await withHouse({ dags }, async (house) => {
      const first = await house.startWorker();
      await house.deploy();
      const stopped = await spinning(house, 'first');
      await house.client.stop('spinning', stopped.runId);
      expect(await house.client.result('spinning', stopped.runId)).toMatchObject({ state: 'failed' });
      await until(() => !isAlive(stopped.pid), stepTimeoutMs);

      const orphan = await spinning(house, 'second');
      await first.kill();
      await until(() => !isAlive(orphan.pid), stepTimeoutMs);
      await house.client.temporal.workflow.getHandle(`dag_run/spinning/${orphan.runId}`).terminate();
    });
  },
  timeoutMs,
);

/** A run whose task spins in a process, by now. */
async function spinning(house: House, name: string): Promise<{ readonly runId: string; readonly pid: number }> {
  const pidFile = join(house.home, `${name}.pid`);
  const [runId = ''] = await house.client.trigger({ dagId: 'spinning', params: { pid_file: pidFile } });
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '', stepTimeoutMs);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(isAlive(pid)).toBe(true);
  return { runId, pid };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function logOf(house: House, runId: string, taskId: string): string {
  const identity = { dagId: 'isolated', runId, execution: '', taskId, tryNumber: 1, attempt: 1 };
  return readFileSync(join(house.home, 'logs', attemptLogPath(identity)), 'utf8');
}
