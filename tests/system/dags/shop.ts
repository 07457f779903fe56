import { type DagDefinition, defineDag, type TaskContext, type TaskOptions, z } from 'tidemill';

interface Count {
  readonly door: string;
  readonly waits: boolean;
}

/** Counts until its worker dies, the first time, when it is told to wait; every later attempt is done at once. */
async function countVisitors(context: TaskContext, { door, waits }: Count): Promise<{ readonly row_count: number }> {
  context.log.info({ door }, 'counting');
  if (waits && context.identity.attempt === 1) {
    await new Promise((_resolve, reject) =>
      context.signal.addEventListener('abort', () => reject(new Error('stopped'))),
    );
  }
  return { row_count: 1000 };
}

const nothing = async (): Promise<null> => null;

function shop(id: string, defaults: TaskOptions): DagDefinition {
  return defineDag(
    { id, params: z.object({ waits: z.boolean().default(false) }), defaults: { retries: 0, ...defaults } },
    ({ task, sql, publish, run }) => {
      const open = task('open', nothing, {});
      const { waits } = run.params;
      const left = task('count_left', countVisitors, { door: 'left', waits }).after(open);
      const right = task('count_right', countVisitors, { door: 'right', waits }).after(open);
      task('greet', nothing, {}).after(open);
      const visits = sql('shop.visits').after(left, right);
      publish('release', visits, { freshWithin: '26 hours' });
    },
  );
}

/** A worker that shows no life for two seconds is lost. */
export const watchedShop = shop('watched_shop', { heartbeatTimeout: '2 seconds' });
export const ordinaryShop = shop('ordinary_shop', {});

/** Long enough to be in its middle when something happens, whatever the machine. */
export const longChain = defineDag({ id: 'long_chain', defaults: { retries: 0 } }, ({ task, sql, publish }) => {
  let last = task('step_1', nothing, {});
  for (let step = 2; step <= 60; step += 1) last = task(`step_${step}`, nothing, {}).after(last);
  publish('release', sql('shop.visits').after(last));
});
