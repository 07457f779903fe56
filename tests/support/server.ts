import { readFileSync } from 'node:fs';

/** The one Temporal server and the one bundle of the workflows that all tests of the `server` project share. */
export interface SharedServer {
  /** host:port. */
  readonly address: string;
  /** Null when TEMPORAL_ADDRESS named a server that somebody else runs. */
  readonly uiUrl: string | null;
  readonly namespace: string;
  /** The `temporal` program, for tests that start servers of their own; null as above. */
  readonly executable: string | null;
  /** For `Worker.create({ workflowBundle: { codePath } })`. */
  readonly bundlePath: string;
}

/** What the global setup has made. Tests use workflow ids and task queues of their own, because others share it. */
export function sharedServer(): SharedServer {
  const file = process.env.TIDEMILL_TEST_SERVER;
  if (file === undefined)
    throw new Error('This test needs a server: put it into the project "server" (jest.config.ts).');
  return JSON.parse(readFileSync(file, 'utf8')) as SharedServer;
}
