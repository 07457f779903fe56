import { didYouMean, RequestError } from '../../engine/errors';
import { quoteText } from '../duckdb/quote';
import { queryWarehouse } from '../query/query';
import { parseJson } from '../store/format';
import type { Warehouse } from '../types';
import { compactedFolder, type RunRecord, runRecordKey } from './run-record';

interface Found {
  readonly run_id: string;
  readonly execution: string;
}

/**
 * The record of a finished run by its id, by the date or instant at which its interval begins (the run
 * that was started last), or `latest`. Needs no server. Throws `unknown_run`.
 */
export async function findRunRecord(warehouse: Warehouse, dagId: string, wanted: string): Promise<RunRecord> {
  const begin = wanted.includes('__') || wanted === 'latest' ? Number.NaN : Date.parse(wanted);
  const isDate = !Number.isNaN(begin);
  const { rows } = await queryWarehouse(
    warehouse,
    `SELECT run_id, execution, epoch_ms(interval_start) AS begin_ms FROM meta.dag_runs
     WHERE dag_id = ${quoteText(dagId)} ORDER BY started_at DESC`,
  );
  const found = rows.find(
    (row) => wanted === 'latest' || row.run_id === wanted || (isDate && Number(row.begin_ms) === begin),
  );
  if (found !== undefined) return await readRecord(warehouse, dagId, found as unknown as Found);
  const known = rows.map((row) => String(row.run_id));
  throw new RequestError({
    code: 'unknown_run',
    message: `The warehouse has no record of a run "${wanted}" of ${dagId}.${didYouMean(wanted, known)} Records are of runs that have ended; list them: tidemill query "SELECT run_id FROM meta.dag_runs WHERE dag_id = '${dagId}'"`,
    details: { dag: dagId, run: wanted },
  });
}

/** A record has a file of its own until it is put together with others. */
async function readRecord({ store }: Warehouse, dagId: string, { run_id, execution }: Found): Promise<RunRecord> {
  const key = runRecordKey({ dag_id: dagId, run_id, execution });
  const own = await store.find(key);
  if (own !== null) return parseJson(key, own) as RunRecord;
  for await (const { key: file } of store.list(compactedFolder)) {
    const lines = (await store.get(file)).toString('utf8').split('\n');
    for (const line of lines.filter((text) => text.includes(JSON.stringify(execution)))) {
      const record = JSON.parse(line) as RunRecord;
      if (record.run_id === run_id && record.dag_id === dagId && record.execution === execution) return record;
    }
  }
  return parseJson(key, await store.get(key)) as RunRecord;
}
