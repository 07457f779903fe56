import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  type Control,
  controlMessages,
  controlWorkflowId,
  type DagListing,
  defaultTaskQueue,
  OutsideUnavailable,
  RequestError,
  type RunNote,
  workflowNames,
} from '../engine';

export interface ClientOptions {
  readonly address: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
  /** Names the user in what is recorded: `stopped by ada`. */
  readonly user?: string;
}

/** How long a look at a workflow may take before it is said that nobody answers. */
export const lookTimeoutMs = 3_000;

/** An update may have to wait for others; a deploy for the control's first start. */
const updateTimeoutMs = 12_000;

/** A worker that was started a moment ago has not polled yet; to say that there is none would be wrong a second later. */
const workerStartMs = 1_000;
const askAgainAfterMs = 100;

/** A connection to the server on which nothing waits for ever: without a worker, queries and updates would. */
export class ServerConnection {
  private constructor(
    readonly temporal: Client,
    private readonly connection: Connection,
    private readonly retries: Retries,
    readonly taskQueue: string,
    readonly user: string,
  ) {}

  static async connect(options: ClientOptions): Promise<ServerConnection> {
    const { address } = options;
    try {
      const retries = new Retries();
      const connection = await Connection.connect({
        address,
        connectTimeout: 5_000,
        interceptors: [makeGrpcRetryInterceptor(retries.options)],
      });
      const temporal = new Client({ connection, namespace: options.namespace ?? 'default' });
      return new ServerConnection(
        temporal,
        connection,
        retries,
        options.taskQueue ?? defaultTaskQueue,
        options.user ?? process.env.USER ?? 'somebody',
      );
    } catch (cause) {
      throw new OutsideUnavailable({
        code: 'temporal_unreachable',
        message: `No Temporal server answers at ${address}. Start one with "tidemill standalone", or set TEMPORAL_ADDRESS.`,
        details: { address },
        cause,
      });
    }
  }

  /** Waits up to a second for requests that are about to be repeated: on a closed connection they would throw from a timer. */
  async close(): Promise<void> {
    await this.retries.end();
    await this.connection.close();
  }

  /** Throws `no_worker` when nobody polls our queue, and nobody begins to within the given time. */
  async checkWorker(withinMs = workerStartMs): Promise<void> {
    for (const endMs = Date.now() + withinMs; !(await this.hasPoller()); await sleep(askAgainAfterMs)) {
      if (Date.now() > endMs) throw this.noWorker();
    }
  }

  private async hasPoller(): Promise<boolean> {
    const { pollers } = await this.connection.workflowService.describeTaskQueue({
      namespace: this.temporal.options.namespace,
      taskQueue: { name: this.taskQueue },
      taskQueueType: 1,
    });
    const recentMs = 90_000;
    return (pollers ?? []).some(
      (poller) => Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1_000 < recentMs,
    );
  }

  private noWorker(): OutsideUnavailable {
    return new OutsideUnavailable({
      code: 'no_worker',
      message: `No worker polls queue ${this.taskQueue}, so nobody can answer or run tasks. Start one: tidemill worker`,
      details: { task_queue: this.taskQueue },
    });
  }

  /** The server remembers a poller for a while, so one that was killed just now looks like one that is busy. */
  private silentWorker(waitedMs: number): OutsideUnavailable {
    return new OutsideUnavailable({
      code: 'no_worker',
      message: `No worker answered on queue ${this.taskQueue} within ${waitedMs / 1_000} s: they are busy, or ended a moment ago. Try again, or start one: tidemill worker`,
      details: { task_queue: this.taskQueue },
    });
  }

  /** A request with an end of its own; without one it takes the time it takes. */
  async within<Result>(ms: number, ask: () => Promise<Result>): Promise<Result> {
    return ms === Number.POSITIVE_INFINITY ? await ask() : await this.connection.withDeadline(Date.now() + ms, ask);
  }

  /** A query with an end: without a worker a query would hang. */
  async look<Result>(workflowId: string, query: string, ...args: readonly unknown[]): Promise<Result> {
    const beginMs = Date.now();
    const handle = this.temporal.workflow.getHandle(workflowId);
    for (;;) {
      try {
        return await this.connection.withDeadline(beginMs + lookTimeoutMs, () =>
          handle.query<Result, unknown[]>(query, ...args),
        );
      } catch (error) {
        if (hasNoPoller(error)) {
          if (Date.now() - beginMs > workerStartMs) throw this.noWorker();
          await sleep(askAgainAfterMs);
          continue;
        }
        if (!isTimeout(error)) throw error;
        await this.checkWorker();
        throw this.silentWorker(lookTimeoutMs);
      }
    }
  }

  /** All deployed DAGs by id, with the folder of files that each came from; known without a worker. */
  async deployedDags(): Promise<ReadonlyMap<string, string | null>> {
    const memos = [...(await this.controlMemos())];
    return new Map(memos.map(([dagId, { folder }]) => [dagId, typeof folder === 'string' ? folder : null]));
  }

  /** How all deployed DAGs stand, by what their memos say; known without a worker, and behind by a moment. */
  async listings(): Promise<readonly DagListing[]> {
    return [...(await this.controlMemos()).values()].flatMap(({ dag }) =>
      dag === undefined ? [] : [dag as DagListing],
    );
  }

  /** What people have noted about runs, by DAG and run; known without a worker, and behind by a moment. */
  async notes(): Promise<ReadonlyMap<string, readonly RunNote[]>> {
    const memos = [...(await this.controlMemos())];
    return new Map(memos.map(([dagId, { notes }]) => [dagId, Array.isArray(notes) ? (notes as RunNote[]) : []]));
  }

  private async controlMemos(): Promise<ReadonlyMap<string, { readonly [key: string]: unknown }>> {
    const memos = new Map<string, { readonly [key: string]: unknown }>();
    const query = `WorkflowType = '${workflowNames.dagControl}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId, memo } of this.temporal.workflow.list({ query }))
      memos.set(workflowId.replace(/^dag_control\//, ''), memo ?? {});
    return memos;
  }

  /** The state of a DAG's control; null when the DAG is not deployed. */
  async findControl(dagId: string): Promise<Control | null> {
    try {
      const handle = this.temporal.workflow.getHandle(controlWorkflowId(dagId));
      const { status } = await handle.describe();
      return status.name === 'RUNNING'
        ? await this.look<Control>(controlWorkflowId(dagId), controlMessages.control)
        : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  /**
   * An update with an end. The server keeps one that no worker took and hands it to the next that comes, so who
   * asks for a change looks at the workflow first ({@link look}): what nobody would take is not sent.
   */
  async answered<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await this.connection.withDeadline(Date.now() + updateTimeoutMs, ask);
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
        throw new RequestError({ code: error.cause.type ?? 'update_refused', message: error.cause.message });
      }
      if (!isTimeout(error)) throw error;
      await this.checkWorker();
      throw this.silentWorker(updateTimeoutMs);
    }
  }
}

/** Between two tries of a request. The SDK's own delays grow to five seconds, which a close would have to wait out. */
const longestRetryMs = 1_000;
/** With these delays as long as the SDK's ten: through the restart of a server. */
const maxTries = 25;

/**
 * How requests that the server refused for now are repeated: by the SDK's rules, and never after the end. The
 * SDK repeats from a timer that nobody can stop, so whoever closes a connection waits for the last one.
 */
class Retries {
  private readonly rules = defaultGrpcRetryOptions({ maxAttempts: maxTries });
  private hasEnded = false;
  private lastAtMs = 0;

  readonly options = {
    retryableDecider: (attempt: number, status: Status) =>
      !this.hasEnded && this.rules.retryableDecider(attempt, status),
    delayFunction: (attempt: number, status: Status) => {
      const delayMs = Math.min(this.rules.delayFunction(attempt, status), longestRetryMs);
      this.lastAtMs = Math.max(this.lastAtMs, Date.now() + delayMs);
      return delayMs;
    },
  };

  async end(): Promise<void> {
    this.hasEnded = true;
    // A timer may fire a little late; the request that it sends is then cancelled by the close.
    while (Date.now() <= this.lastAtMs) await sleep(this.lastAtMs - Date.now() + 20);
  }
}

type Status = Parameters<ReturnType<typeof defaultGrpcRetryOptions>['delayFunction']>[1];

/** gRPC 14: nobody answers now. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Error && grpcCodes(error).includes(14);
}

/** gRPC 9, failed precondition: what the server answers a query when it has seen no poller for a while. */
function hasNoPoller(error: unknown): boolean {
  return grpcCodes(error).includes(9);
}

/** gRPC 1: cancelled; 4: deadline exceeded. */
function isTimeout(error: unknown): boolean {
  return grpcCodes(error).some((code) => code === 1 || code === 4);
}

function grpcCodes(error: unknown): readonly unknown[] {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return [(error as { code?: unknown }).code, cause?.code];
}
