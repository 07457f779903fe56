import { executeChild, proxyActivities } from '@temporalio/workflow';

/** The baselines: what somebody would write who has Temporal and nothing else. */
const { noOp } = proxyActivities<{ noOp(): Promise<null> }>({ startToCloseTimeout: '1 minute' });

/** Calls activities one after another. */
export async function bareChain({ tasks }: { readonly tasks: number }): Promise<void> {
  for (let done = 0; done < tasks; done += 1) await noOp();
}

interface Windowed {
  readonly tasks: number;
  readonly window: number;
}

/** Calls activities side by side, never more than a window of them. */
export async function bareFanOut({ tasks, window }: Windowed): Promise<void> {
  await inWindow({ tasks, window }, () => noOp());
}

/** Children with a window of their own each, some of them at once: a wide mapping as somebody would write it by hand. */
export async function bareMapping({ tasks, window }: Windowed): Promise<void> {
  const [perChild, atOnce] = [500, 4];
  const children = Math.ceil(tasks / perChild);
  const lanes = Math.min(atOnce, children);
  await inWindow({ tasks: children, window: lanes }, (child) => {
    const input = { tasks: Math.min(perChild, tasks - child * perChild), window: Math.floor(window / lanes) };
    return executeChild(bareFanOut, { args: [input], workflowTaskTimeout: '5 seconds' });
  });
}

/** Runs workflows of one activity each, never more than a window of them. */
export async function bareBackfill({ tasks, window }: Windowed): Promise<void> {
  await inWindow({ tasks, window }, () => executeChild(bareOneTask, { workflowTaskTimeout: '5 seconds' }));
}

export async function bareOneTask(): Promise<void> {
  await noOp();
}

async function inWindow({ tasks, window }: Windowed, perform: (index: number) => Promise<unknown>): Promise<void> {
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < tasks) {
      const index = started;
      started += 1;
      await perform(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(window, tasks) }, lane));
}
