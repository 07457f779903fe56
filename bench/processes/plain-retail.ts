import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { loadProject } from '../../runner';
import { type PlainScript, plainScript, type Step } from '../plain-script';
import { peakMemoryBytes, processorMs } from '../process-facts';

/** What the plain script tells on standard output, as one line of JSON. */
export interface PlainResult {
  readonly daily_ms: number;
  readonly marts_ms: number;
  readonly read_ms: number;
  readonly write_ms: number;
  readonly file_count: number;
  readonly processor_ms: number | null;
  readonly peak_memory_bytes: number | null;
  /** Row count and hash sum of every table, as the warehouse fingerprints its own; taken after the timing. */
  readonly tables: { readonly [table: string]: { readonly rows: number; readonly sum: string } };
}

interface Session {
  readonly connection: DuckDBConnection;
  readonly folder: string;
  readonly written: Map<string, string>;
  fileCount: number;
  writeMs: number;
}

/** The whole retail pipeline as one plain DuckDB script. Arguments: source file, output folder, memory limit, DAGs. */
async function main([source, folder, memoryLimit, dags]: readonly string[]): Promise<void> {
  if (!source || !folder || !memoryLimit || !dags) throw new Error('plain-retail: arguments are missing');
  const script = plainScript(await loadProject([dags]), source);
  const result = await perform(script, folder, memoryLimit);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

async function perform(script: PlainScript, folder: string, memoryLimit: string): Promise<PlainResult> {
  const usedBefore = processorMs(process.pid) ?? 0;
  const startedAt = performance.now();
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    threads: String(availableParallelism()),
    temp_directory: join(folder, 'spill'),
  });
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  const session: Session = { connection, folder, written: new Map(), fileCount: 0, writeMs: 0 };
  let readMs = 0;
  for (const step of script.daily) {
    const before = performance.now();
    await performStep(session, step);
    if (step.kind === 'run' && step.sql.includes('read_csv')) readMs = performance.now() - before;
  }
  const martsAt = performance.now();
  for (const step of script.marts) await performStep(session, step);
  const endedAt = performance.now();
  const [peak, usedAfter] = [peakMemoryBytes(process.pid), processorMs(process.pid)];
  const result: PlainResult = {
    daily_ms: martsAt - startedAt,
    marts_ms: endedAt - martsAt,
    read_ms: readMs,
    write_ms: session.writeMs,
    file_count: session.fileCount,
    processor_ms: usedAfter === null ? null : usedAfter - usedBefore,
    peak_memory_bytes: peak,
    tables: await contents(session),
  };
  connection.closeSync();
  instance.closeSync();
  return result;
}

async function performStep(session: Session, step: Step): Promise<void> {
  const { connection } = session;
  switch (step.kind) {
    case 'run':
      await connection.run(step.sql, step.parameters);
      break;
    case 'check': {
      const rows = (await connection.runAndReadAll(step.sql, step.parameters)).getRows();
      if (rows.length > 0) throw new Error(`${step.name} found ${rows.length} rows`);
      break;
    }
    case 'write':
      await write(session, step);
      break;
  }
}

async function write(session: Session, { table, orderBy, byDay }: Extract<Step, { kind: 'write' }>): Promise<void> {
  const startedAt = performance.now();
  const { connection } = session;
  const folder = join(session.folder, ...table.split('.'));
  await mkdir(folder, { recursive: true });
  const files: { readonly name: string; readonly where: string }[] = [];
  if (byDay) {
    const days = (await connection.runAndReadAll(`select distinct date_key from ${table} order by 1`)).getRows();
    for (const [day] of days) files.push({ name: String(day), where: ` where date_key = ${String(day)}` });
  } else files.push({ name: 'all', where: '' });
  for (const { name, where } of files) {
    const path = join(folder, `${name}.parquet`).replaceAll("'", "''");
    const select = `select * from ${table}${where} order by ${orderBy.join(', ')}`;
    await connection.run(`copy (${select}) to '${path}' (format parquet, compression zstd)`);
  }
  session.fileCount += files.length;
  session.written.set(table, folder);
  session.writeMs += performance.now() - startedAt;
}

/** What was written, read back: the bench compares it to what Tidemill has published. */
async function contents({ connection, written }: Session): Promise<PlainResult['tables']> {
  const tables: { [table: string]: { rows: number; sum: string } } = {};
  for (const [table, folder] of written) {
    const files = join(folder, '*.parquet').replaceAll("'", "''");
    const sql = `select count(*), coalesce(sum(hash(f)), 0)::varchar from read_parquet('${files}') as f`;
    const [row = []] = (await connection.runAndReadAll(sql)).getRows();
    tables[table] = { rows: Number(row[0]), sum: String(row[1]) };
  }
  return tables;
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
