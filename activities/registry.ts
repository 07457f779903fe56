import { didYouMean, type Handler, TaskError, type TaskKind, type TaskOrder, type Versions } from '../engine';
import type { TaskHandler } from './context';

/** What a worker holds of one DAG: the code that its tasks run. */
export interface DagHandlers {
  readonly dagId: string;
  readonly versions: Versions;
  readonly handlers: ReadonlyMap<string, Handler>;
}

/** What a worker finds of a version that is not the one of its files. */
export interface KeptHandlers {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly builtins: BuiltinHandlers;
}

/** Versions that were deployed before, or elsewhere. Throws `handler_missing` when one is kept and cannot be loaded. */
export interface KeptVersions {
  find(dagId: string, versions: Versions): Promise<KeptHandlers | null>;
}

/** Handlers of the kinds that no author writes. */
export type BuiltinHandlers = { readonly [Kind in TaskKind]?: TaskHandler<never, unknown> };

/** Finds the function that a task order means, or says exactly what is missing. */
export class HandlerRegistry {
  private readonly dags: ReadonlyMap<string, DagHandlers>;

  constructor(
    dags: readonly DagHandlers[],
    private readonly builtins: BuiltinHandlers,
    private readonly kept: KeptVersions = { find: () => Promise.resolve(null) },
  ) {
    this.dags = new Map(dags.map((dag) => [dag.dagId, dag]));
  }

  /**
   * A run keeps the version that it was started with: where the worker's files are of another one,
   * that version is loaded from where it was kept, and the answer takes a moment. Throws
   * `handler_missing`, with both versions, when it cannot be had.
   */
  find(order: WantedHandler): FoundHandler | Promise<FoundHandler> {
    const dag = this.dags.get(order.dagId);
    const isPresent = dag?.versions.spec === order.versions.spec && dag.versions.code === order.versions.code;
    if (!isPresent) return this.findKept(order, dag);
    return this.pick(order, { handlers: dag.handlers, builtins: this.builtins });
  }

  private async findKept(order: WantedHandler, dag: DagHandlers | undefined): Promise<FoundHandler> {
    const kept = await this.kept.find(order.dagId, order.versions);
    if (kept === null) throw missing(order, dag?.versions ?? null, this.whyNot(order, dag));
    return this.pick(order, kept);
  }

  private pick(order: WantedHandler, { handlers, builtins }: KeptHandlers): FoundHandler {
    const handler = handlers.get(order.taskId) ?? builtins[order.kind];
    if (handler !== undefined) return handler as unknown as FoundHandler;
    throw missing(order, order.versions, `DAG ${order.dagId} has no function for it`);
  }

  private whyNot({ dagId, versions }: WantedHandler, dag: DagHandlers | undefined): string {
    const asked = `spec ${versions.spec}, code ${versions.code}`;
    if (dag === undefined) {
      const known = [...this.dags.keys()];
      return `this worker has no DAG ${dagId}, and its warehouse keeps no version of ${asked}.${didYouMean(dagId, known)}`;
    }
    const { spec, code } = dag.versions;
    return `the run was started with ${asked}, which the warehouse does not keep; this worker has spec ${spec}, code ${code}. Deploy and trigger a new run, or start a worker on the files of that version`;
  }
}

type FoundHandler = TaskHandler<unknown, unknown>;
type WantedHandler = Pick<TaskOrder, 'dagId' | 'taskId' | 'kind' | 'versions'>;

function missing(
  order: Pick<TaskOrder, 'dagId' | 'taskId' | 'versions'>,
  present: Versions | null,
  why: string,
): TaskError {
  return new TaskError({
    code: 'handler_missing',
    message: `No handler for ${order.dagId}.${order.taskId}: ${why}.`,
    details: { asked: order.versions, present },
  });
}
