import type { ReplayResult } from '../runner';

export interface ReplayOptions {
  readonly dagId: string;
  /** A run id, the date at which its interval begins, or `latest`, which is the default. */
  readonly run?: string;
  /** Default `original`. */
  readonly code?: 'original' | 'latest';
  /** Default `original`. */
  readonly inputs?: 'original' | 'latest';
  /** Folders of DAG files; packages of an old version are looked for from there. */
  readonly dags: readonly string[];
  /** Folder of the warehouse. */
  readonly warehouse: string;
  /** Folder that task logs are written to. */
  readonly logs: string;
}

/**
 * Runs a recorded run again, in this process and without a server, publishes nothing, and says whether
 * the same came out. Throws what `replayRun` throws.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  // Loaded here alone: a program that only talks to the server needs neither DuckDB nor a compiler.
  const { loadProject, replayRun } = require('../runner') as typeof import('../runner');
  const { openWarehouse } = require('../warehouse') as typeof import('../warehouse');
  const { dagId, run = 'latest', code = 'original', inputs = 'original', logs } = options;
  const project = await loadProject(options.dags);
  const warehouse = await openWarehouse({ uri: options.warehouse });
  try {
    return await replayRun({ dagId, run, code, inputs, project, warehouse, logFolder: logs });
  } finally {
    await warehouse.close();
  }
}
