import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DagDefinition, defineDag, type TaskContext, z } from 'tidemill';

/** One task of two seconds that writes down when each of its attempts starts: what a killed worker leaves behind. */
export const benchSlowDefault = slowTask('bench_slow_default', {});
export const benchSlowHeartbeat2 = slowTask('bench_slow_heartbeat_2', { heartbeatTimeout: '2 seconds' });

async function waitAndTell(context: TaskContext, { journal }: { readonly journal: string }): Promise<null> {
  const { attempt, tryNumber } = context.identity;
  appendFileSync(journal, `${JSON.stringify({ attempt, try: tryNumber, at: Date.now() })}\n`);
  await sleep(2_000, undefined, { signal: context.signal });
  return null;
}

function slowTask(id: string, options: { readonly heartbeatTimeout?: '2 seconds' }): DagDefinition {
  return defineDag(
    { id, description: 'One task to be killed.', params: z.object({ journal: z.string() }) },
    ({ task, run }) => {
      task('wait', waitAndTell, { journal: run.params.journal }, options);
    },
  );
}
