import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Control, controlMessages, controlWorkflowId, isEngineError, plusDays } from '../../../engine';
import { type House, systemDags, withHouse } from '../house';
import { rowsOf } from '../published';

const dagId = 'soak';
const firstDay = '1990-01-01';
const perTrigger = 100;
/** Runs that may wait: what is asked for is handed on with the control's state. */
const mostWaiting = 60;
const samplesTaken = 10;

/** What was seen when a part of the runs was done. */
interface SoakSample {
  readonly runs: number;
  readonly workerMb: number;
  readonly controlBytes: number;
  readonly controlEvents: number;
}

export interface SoakFigures {
  /** Runs on record; a request whose answer was lost may have made more than were asked for. */
  readonly runs: number;
  readonly succeeded: number;
  readonly runsPerSecond: number;
  readonly samples: readonly SoakSample[];
  /** Workflows whose history was longer than 10,000 events. */
  readonly longHistories: number;
}

/** Performs so many short runs through a DAG's control, and looks ten times at what grows. */
export async function soak(runs: number, withinMs: number): Promise<SoakFigures> {
  return await withHouse({ dags: [systemDags] }, async (house) => {
    const worker = await house.startWorker();
    await house.deploy();
    const startedAt = performance.now();
    const deadline = startedAt + withinMs;
    const samples: SoakSample[] = [];
    for (let asked = 0; ; ) {
      if (performance.now() > deadline)
        throw new Error(`${asked} of ${runs} runs were asked for within ${withinMs} ms`);
      const control = await house.client.control(dagId).catch(nullWhenBusy);
      if (control === null) continue;
      const { queued, active } = control;
      const open = queued.length + active.length;
      const done = asked - open;
      if (done >= ((samples.length + 1) * runs) / samplesTaken) samples.push(await sampleOf(house, worker.pid, done));
      if (done >= runs) break;
      if (asked < runs && open < mostWaiting) asked += await trigger(house, asked, Math.min(perTrigger, runs - asked));
      else await sleep(50);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const longHistories = await countLongHistories(house);
    return { ...(await countRecords(house)), runsPerSecond: runs / seconds, samples, longHistories };
  });
}

/** A control in the middle of its work may not answer in time: it is asked again. */
function nullWhenBusy(error: unknown): null {
  if (isEngineError(error) && error.retryable) return null;
  throw error;
}

/** How many runs were promised; none when the answer was lost, though the request may have been heard. */
async function trigger({ client }: House, asked: number, count: number): Promise<number> {
  const [start, end] = [plusDays(firstDay, asked), plusDays(firstDay, asked + count)];
  const runIds = await client.trigger({ dagId, interval: `${start}/${end}`, eachDay: true }).catch(nullWhenBusy);
  return runIds?.length ?? 0;
}

async function sampleOf({ client }: House, pid: number, runs: number): Promise<SoakSample> {
  const control = await client.temporal.workflow
    .getHandle(controlWorkflowId(dagId))
    .query<Control>(controlMessages.control);
  const { historyLength } = await client.temporal.workflow.getHandle(controlWorkflowId(dagId)).describe();
  return {
    runs,
    workerMb: residentMb(pid),
    controlBytes: JSON.stringify({ ...control, queued: [], active: [] }).length,
    controlEvents: Number(historyLength),
  };
}

/** Linux alone tells; elsewhere the figure is left out. */
function residentMb(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

async function countLongHistories({ client }: House): Promise<number> {
  return (await client.temporal.workflow.count("HistoryLength > 10000 AND ExecutionStatus != 'Running'")).count;
}

async function countRecords(house: House): Promise<Pick<SoakFigures, 'runs' | 'succeeded'>> {
  const counts = "count(*)::int as runs, (count(*) filter (label = 'success'))::int as succeeded";
  const sql = `select ${counts} from meta.dag_runs where dag_id = '${dagId}'`;
  return await house.read(async (warehouse) => {
    const [row] = await rowsOf(warehouse, sql);
    return { runs: Number(row?.runs), succeeded: Number(row?.succeeded) };
  });
}

/** The figures as lines for people. */
export function soakText({ runs, succeeded, runsPerSecond, samples, longHistories }: SoakFigures): string {
  const lines = samples.map(
    (one) =>
      `  after ${one.runs} runs: worker ${one.workerMb.toFixed(0)} MB, control ${one.controlBytes} bytes, its history ${one.controlEvents} events`,
  );
  const head = `soak: ${succeeded} of ${runs} runs succeeded, ${runsPerSecond.toFixed(1)} per second, ${longHistories} histories above 10,000 events`;
  return `${[head, ...lines].join('\n')}\n`;
}
