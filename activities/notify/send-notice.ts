import { assertNever, type Notice } from '../../engine';
import type { Connection } from '../../vault';
import { sendEmail } from './email';
import { postWebhook } from './webhook';

/** What notifiers need of the process that they run in. */
export interface NotifyNeeds {
  connection(id: string): Promise<Connection>;
  /** Writes a line into the worker's log. */
  log(line: string): void;
}

/** Tells one notice. Throws when it was not delivered; doing it again is harmless, receivers know notices by their id. */
export async function sendNotice(notice: Notice, { connection, log }: NotifyNeeds): Promise<void> {
  const { by } = notice;
  switch (by.kind) {
    case 'webhook':
      return await postWebhook(notice, await connection(by.connection), Date.now());
    case 'email':
      return await sendEmail(notice, await connection(by.connection), by.to);
    case 'log': {
      const { by: _by, ...facts } = notice;
      return log(JSON.stringify({ notice: facts }));
    }
    default:
      return assertNever(by);
  }
}
