import { parentPort } from 'node:worker_threads';
import type { ThreadReply, ThreadRequest } from './messages';
import { portableError } from './portable-error';

/** Answers one request after the other, for as long as the thread lives. Runs inside a thread only. */
export function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('serve() runs inside a worker thread');
  const reply = (message: ThreadReply) => port.postMessage(message);
  port.on('message', (request: ThreadRequest) => {
    void answer(request)
      .then((value) => reply({ kind: 'returned', value }))
      .catch((error: unknown) => reply({ kind: 'threw', error: portableError(error) }));
  });
}

async function answer({ module, name, input }: ThreadRequest): Promise<unknown> {
  const exported: unknown = (require(module) as { readonly [name: string]: unknown })[name];
  if (typeof exported !== 'function') throw new TypeError(`${name} is no exported function of ${module}`);
  return await exported(input);
}
