import { createHmac } from 'node:crypto';
import { type Notice, OutsideUnavailable, RequestError, TaskError } from '../../engine';
import type { Connection } from '../../vault';

const answerWithinMs = 10_000;

/** The address that a connection stands for: its type is the scheme, `webhook` meaning https. */
export function webhookUrl({ id, type, host, port, path }: Connection): string {
  const scheme = type === 'webhook' ? 'https' : type;
  if ((scheme === 'http' || scheme === 'https') && host !== null)
    return `${scheme}://${host}${port === null ? '' : `:${port}`}/${path ?? ''}`;
  throw new RequestError({
    code: 'bad_connection',
    message: `Connection ${id} (${type}) is no address of a webhook. Write it as https://:secret@host/path.`,
    details: { connection: id },
  });
}

/** What is signed: the instant and the body, so that neither can be changed and an old message cannot be sent again. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** Posts a notice. Without a password in the connection it goes unsigned. A receiver that knows its id leaves a second one alone. */
export async function postWebhook(notice: Notice, connection: Connection, nowMs: number): Promise<void> {
  const url = webhookUrl(connection);
  const { by: _by, ...facts } = notice;
  const body = JSON.stringify(facts);
  const timestamp = String(Math.floor(nowMs / 1_000));
  const { password } = connection;
  const response = await fetch(url, {
    method: 'POST',
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithinMs),
    headers: {
      'content-type': 'application/json',
      'tidemill-id': `${notice.dagId}/${notice.runId}/${notice.id}`,
      'tidemill-timestamp': timestamp,
      ...(password === null ? {} : { 'tidemill-signature': signatureOf(password, timestamp, body) }),
    },
  }).catch((error: unknown) => {
    throw notSent(connection.id, causeText(error));
  });
  await response.body?.cancel();
  if (response.ok) return;
  // A client's mistake stays one; all else may pass.
  const isLasting = response.status >= 400 && response.status < 500 && ![408, 425, 429].includes(response.status);
  if (!isLasting) throw notSent(connection.id, `it answered ${response.status}`);
  throw new TaskError({
    code: 'notification_refused',
    message: `The webhook of connection ${connection.id} refused the notification with ${response.status}. Look at its address and secret.`,
    details: { connection: connection.id, status: response.status },
  });
}

function causeText(error: unknown): string {
  const { cause, message } = error as { readonly cause?: { readonly message?: string }; readonly message: string };
  return cause?.message ?? message;
}

export function notSent(connection: string, why: string): OutsideUnavailable {
  return new OutsideUnavailable({
    code: 'notification_failed',
    message: `The notification over connection ${connection} was not delivered: ${why}.`,
    details: { connection },
  });
}
