import { describe, expect, test } from '@jest/globals';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { sharedServer } from '../support/server';
import { type HistoryEvent, type RecordedHistory, readHistories } from './histories';
import { recordings } from './recordings';

// A replay that fails is an answer here, not news for the console.
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  shutdownSignals: [],
});

const recorded = readHistories();

/** Replays histories on today's code; the error of each by its name, null where there is none. */
async function replay(histories: readonly RecordedHistory[]): Promise<ReadonlyMap<string, Error | null>> {
  const options = { workflowBundle: { codePath: sharedServer().bundlePath } };
  const errors = new Map<string, Error | null>();
  // The name stands for the workflow id here: the answer brings nothing else back by which histories can be told apart.
  const named = histories.map(({ name, history }) => ({ workflowId: name, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories(options, named)) {
    errors.set(workflowId, error ?? null);
  }
  return errors;
}

test('every recording has its histories', () => {
  const names = new Set(recorded.map(({ name }) => name.replace(/\.\d+$/, '')));

  expect([...names].sort()).toEqual(recordings.map(({ name }) => name).sort());
});

test("runs, controls and ticks that were recorded earlier replay on today's workflows", async () => {
  const errors = await replay(recorded);

  const failures = [...errors].flatMap(([name, error]) => (error === null ? [] : [`${name}: ${error.message}`]));
  expect(failures).toEqual([]);
  expect(errors.size).toBe(recorded.length);
});

describe('a history that the code would not have made is noticed', () => {
  const isActivity = ({ eventType }: HistoryEvent): boolean => eventType === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED';

  function chain(): RecordedHistory {
    const history = recorded.find(({ name }) => name === 'run_chain');
    if (history === undefined) throw new Error('There is no history of run_chain. Make it: npm run record-histories');
    return JSON.parse(JSON.stringify(history)) as RecordedHistory;
  }

  /** The attributes of the first event of a kind, to be changed in place. */
  function attributesOf(
    history: RecordedHistory,
    which: (event: HistoryEvent) => boolean,
  ): { [name: string]: unknown } {
    const event = history.history.events.find(which);
    return event?.activityTaskScheduledEventAttributes as { [name: string]: unknown };
  }

  async function errorOf(history: RecordedHistory): Promise<string | undefined> {
    return (await replay([history])).get(history.name)?.name;
  }

  test('a task that has another name', async () => {
    const history = chain();
    attributesOf(history, isActivity).activityType = { name: 'chain.renamed' };

    expect(await errorOf(history)).toBe('DeterminismViolationError');
  });

  test('a task that began another try', async () => {
    const history = chain();
    attributesOf(history, isActivity).activityId = 'first#2';

    expect(await errorOf(history)).toBe('DeterminismViolationError');
  });

  test('a run of a DAG whose first task comes last', async () => {
    const history = chain();
    const started = history.history.events[0]?.workflowExecutionStartedEventAttributes as {
      input: { payloads: { data: string }[] };
    };
    const [payload] = started.input.payloads;
    if (payload === undefined) throw new Error('the run has no input');
    const input = JSON.parse(Buffer.from(payload.data, 'base64').toString('utf8')) as {
      spec: { tasks: { taskId: string; upstream: string[] }[] };
    };
    for (const task of input.spec.tasks) task.upstream = task.taskId === 'first' ? ['fifth'] : [];
    payload.data = Buffer.from(JSON.stringify(input)).toString('base64');

    expect(await errorOf(history)).toBe('DeterminismViolationError');
  });
});
