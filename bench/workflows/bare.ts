import { executeChild, proxyActivities } from '@temporalio/workflow';

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

/** Children with a window of their own each, some of them at once: a wide mapping as somebody would write it by hand. */
export async function bareMapping({
  tasks,
  window,
}: {
  readonly tasks: number;
  readonly window: number;
}): Promise<void> {
  const [perChild, atOnce] = [500, 4];
  const children = Math.ceil(tasks / perChild);
  const lanes = Math.min(atOnce, children);
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < children) {
      const begun = started * perChild;
      started += 1;
      const input = { tasks: Math.min(perChild, tasks - begun), window: Math.floor(window / lanes) };
      await executeChild(bareFanOut, { args: [input], workflowTaskTimeout: '5 seconds' });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Runs workflows of one activity each, never more than a window of them. */
export async function bareBackfill({
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
      await executeChild(bareOneTask, { workflowTaskTimeout: '5 seconds' });
    }
  };
  await Promise.all(Array.from({ length: Math.min(window, tasks) }, lane));
}

export async function bareOneTask(): Promise<void> {
  await noOp();
}
