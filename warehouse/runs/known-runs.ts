import { pathSegment } from '../store/keys';
import type { ObjectStore } from '../types';
import { compactedFolder, type RunRecord } from './run-record';

/** Records are small files; a few at once are read as fast as a disk or an object store gives them. */
const atOnce = 16;

/** A finished run, as far as a plan over dates needs it. */
export interface FinishedRun {
  readonly runId: string;
  readonly start: string;
  readonly state: 'success' | 'failed';
  readonly at: string;
}

/** All finished runs of a DAG that are on record, in no order. */
export async function finishedRuns(store: ObjectStore, dagId: string): Promise<readonly FinishedRun[]> {
  const keys: string[] = [];
  for (const folder of [`runs/${pathSegment(dagId)}/`, compactedFolder]) {
    for await (const { key } of store.list(folder)) keys.push(key);
  }
  const found: FinishedRun[] = [];
  for (let from = 0; from < keys.length; from += atOnce) {
    const texts = await Promise.all(keys.slice(from, from + atOnce).map((key) => store.get(key)));
    for (const text of texts)
      found.push(
        ...text
          .toString('utf8')
          .split('\n')
          .flatMap((line) => readRun(line, dagId)),
      );
  }
  return found;
}

function readRun(line: string, dagId: string): readonly FinishedRun[] {
  if (line.trim() === '') return [];
  const record = JSON.parse(line) as RunRecord;
  if (record.dag_id !== dagId || record.interval_start === null) return [];
  return [
    {
      runId: record.run_id,
      start: record.interval_start,
      state: record.state === 'success' ? 'success' : 'failed',
      at: record.ended_at ?? record.interval_start,
    },
  ];
}
