import { join } from 'node:path';
import { parentPort, Worker } from 'node:worker_threads';
import {
  checkOutput,
  completionOf,
  HandlerRegistry,
  portableError,
  reviveError,
  type TaskContext,
  withLists,
} from '../../activities';
import type { Json } from '../../engine';
import { openWarehouse, type Warehouse } from '../../warehouse';
import { keptVersions } from '../kept-versions';
import { type FromHandler, type IsolatedJob, type Relayed, relayed, type ToHandler } from './messages';

interface Line {
  send(message: FromHandler): void;
  onMessage(listener: (message: ToHandler) => void): void;
}

/** Runs one handler and answers how it ended. The other end is `isolation.ts`; runs in a thread or process of its own. */
export function serve(): void {
  const line = parentPort === null ? lineOfProcess() : lineOfThread(parentPort);
  const side = new HandlerSide(line);
  line.onMessage((message) => side.take(message));
  line.send({ kind: 'ready' });
}

function lineOfThread(port: NonNullable<typeof parentPort>): Line {
  return { send: (message) => port.postMessage(message), onMessage: (listener) => void port.on('message', listener) };
}

function lineOfProcess(): Line {
  const parent = process.ppid;
  new Worker(join(__dirname, 'parent-watch.cjs'), { workerData: { parent }, execArgv: [] }).unref();
  process.on('disconnect', () => process.exit(1));
  return {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', (message) => listener(message as ToHandler)),
  };
}

class HandlerSide {
  private readonly abort = new AbortController();
  private readonly calls = new Map<number, PromiseWithResolvers>();
  private callCount = 0;

  constructor(private readonly line: Line) {}

  take(message: ToHandler): void {
    switch (message.kind) {
      case 'start':
        void this.perform(message.job);
        break;
      case 'abort':
        this.abort.abort();
        break;
      case 'answer':
        this.calls.get(message.call)?.resolve(message.value);
        break;
      case 'refusal':
        this.calls.get(message.call)?.reject(reviveError(message.error));
        break;
    }
  }

  private async perform(job: IsolatedJob): Promise<void> {
    try {
      const { order, memoryLimit } = job;
      const warehouse = await openWarehouse({ uri: job.warehouse, ...(memoryLimit === null ? {} : { memoryLimit }) });
      const registry = new HandlerRegistry([], {}, keptVersions(warehouse.store, job));
      const handler = await registry.find(order);
      const output = checkOutput(
        order,
        await handler(this.context(job, warehouse), withLists(warehouse.store, order.input)),
      );
      this.line.send({ kind: 'returned', output });
    } catch (error) {
      this.line.send({ kind: 'threw', error: portableError(error) });
    }
  }

  private context({ order, identity, attemptName }: IsolatedJob, warehouse: Warehouse): TaskContext {
    const log = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
      this.line.send({ kind: 'log', level, fields: plain(fields), message });
    const { interval, timezone, params } = order;
    return {
      ...{ identity, attemptName, interval, timezone, params, warehouse },
      completion: completionOf(order),
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      signal: this.abort.signal,
      heartbeat: (progress: Json = null) => this.line.send({ kind: 'heartbeat', progress }),
      ...(Object.fromEntries(relayed.map((name) => [name, (input: unknown) => this.call(name, input)])) as Pick<
        TaskContext,
        Relayed
      >),
    };
  }

  private call(name: Relayed, input: unknown): Promise<unknown> {
    this.callCount += 1;
    const call = this.callCount;
    return new Promise((resolve, reject) => {
      this.calls.set(call, { resolve, reject });
      this.line.send({ kind: 'call', call, name, input });
    }).finally(() => this.calls.delete(call));
  }
}

interface PromiseWithResolvers {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Log fields as JSON knows them, whatever the author put in: a function cannot cross. */
function plain(fields: object): object {
  return JSON.parse(
    JSON.stringify(fields, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  ) as object;
}
