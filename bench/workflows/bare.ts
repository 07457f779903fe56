import { proxyActivities } from '@temporalio/workflow';

/** The baselines: what somebody would write who has Temporal and nothing else. */
const { noOp } = proxyActivities<{ noOp(): Promise<null> }>({ startToCloseTimeout: '1 minute' });

/** Calls activities one after another. */
export async function bareChain({ tasks }: { readonly tasks: number }): Promise<void> {
  for (let done = 0; done < tasks; done += 1) await noOp();
}

/** Calls activities side by side, never more than a window of them. */
export async function bareFanOut({
  tasks,
  window,
}: {
  readonly tasks: number;
  readonly window: number;
}): Promise<void> {
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < tasks) {
      started += 1;
      await noOp();
    }
  };
  await Promise.all(Array.from({ length: Math.min(window, tasks) }, lane));
}
