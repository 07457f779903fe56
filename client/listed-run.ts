import { isJsonObject, type RunStateName, type RunType } from '../engine';

/** A run as the server lists it; known without a worker. */
export interface ListedRun {
  readonly dagId: string;
  readonly runId: string;
  readonly runType: RunType;
  readonly state: RunStateName;
  readonly retries: number;
  readonly failedTasks: readonly string[];
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The memo's two lines: readable without a worker. */
  readonly summary: string;
}

/** What a listing of the server says of one execution. */
export interface ListedExecution {
  readonly workflowId: string;
  readonly startTime: Date;
  readonly closeTime?: Date;
  readonly status: { readonly name: string };
  readonly searchAttributes?: { readonly [name: string]: unknown };
  readonly memo?: { readonly [name: string]: unknown } | undefined;
}

/** Reads a run from its search attributes and memo. */
export function listedRun(execution: ListedExecution): ListedRun {
  const attribute = (name: string): unknown => {
    const values = execution.searchAttributes?.[name];
    return Array.isArray(values) ? values[0] : undefined;
  };
  const [, dagId = '', ...rest] = execution.workflowId.split('/');
  const failed = execution.searchAttributes?.TidemillFailedTasks;
  const memo: unknown = execution.memo;
  return {
    dagId,
    runId: rest.join('/'),
    runType: (attribute('TidemillRunType') as RunType | undefined) ?? 'manual',
    state:
      execution.status.name === 'TERMINATED'
        ? 'failed'
        : ((attribute('TidemillState') as RunStateName | undefined) ?? 'running'),
    retries: Number(attribute('TidemillRetries') ?? 0),
    failedTasks: Array.isArray(failed) ? failed.map(String) : [],
    startedAt: execution.startTime.toISOString(),
    endedAt: execution.closeTime?.toISOString() ?? null,
    summary: isJsonObject(memo) && typeof memo.summary === 'string' ? memo.summary : '',
  };
}
