import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { type Notice, RequestError } from '../../engine';
import type { Connection } from '../../vault';
import { notSent } from './webhook';

const answerWithinMs = 20_000;

/** Sends a notice as a mail of plain text. Its message id is that of the notice, so that a second one can be told to be one. */
export async function sendEmail(notice: Notice, connection: Connection, to: readonly string[]): Promise<void> {
  const { id, host, port, type, login, password, extra } = connection;
  if (host === null || (type !== 'smtp' && type !== 'smtps')) throw noMailServer(connection);
  const transport = createTransport({
    host,
    port: port ?? (type === 'smtps' ? 465 : 587),
    secure: type === 'smtps',
    // A password goes over the wire encrypted, unless the connection says otherwise.
    requireTLS: type === 'smtp' && password !== null && extra.tls !== 'off',
    ignoreTLS: extra.tls === 'off',
    ...(login === null ? {} : { auth: { user: login, pass: password ?? '' } }),
    connectionTimeout: answerWithinMs,
    greetingTimeout: answerWithinMs,
    socketTimeout: answerWithinMs,
  });
  const unique = createHash('sha256').update(`${notice.dagId}/${notice.runId}/${notice.id}`).digest('hex').slice(0, 32);
  try {
    await transport.sendMail({
      from: extra.from ?? (login?.includes('@') === true ? login : `tidemill@${host}`),
      to: [...to],
      subject: subjectOf(notice),
      text: textOf(notice),
      messageId: `<${unique}@tidemill>`,
    });
  } catch (error) {
    throw notSent(id, error instanceof Error ? error.message : String(error));
  } finally {
    transport.close();
  }
}

/** One line that says it all: `retail_daily extract failed (2010-12-01)`. */
export function subjectOf({ dagId, taskId, event, interval }: Notice): string {
  const said = {
    success: 'succeeded',
    failure: 'failed',
    retry: 'will be tried again',
    skip: 'was skipped',
    deadline: 'is late',
  };
  return `${taskId === null ? dagId : `${dagId} ${taskId}`} ${said[event]} (${interval.start.slice(0, 10)})`;
}

function textOf(notice: Notice): string {
  const { dagId, runId, taskId, state, reason, tryNumber, interval, at } = notice;
  return [
    `${subjectOf(notice)}.`,
    '',
    ...(reason === null ? [] : [reason, '']),
    `dag       ${dagId}`,
    `run       ${runId}`,
    ...(taskId === null ? [] : [`task      ${taskId}`]),
    `state     ${state}`,
    ...(tryNumber === null ? [] : [`try       ${tryNumber}`]),
    `interval  ${interval.start} to ${interval.end}`,
    `at        ${at}`,
    '',
    `Why: tidemill explain ${dagId} ${runId}${taskId === null ? '' : ` ${taskId}`}`,
    '',
  ].join('\n');
}

function noMailServer({ id, type }: Connection): RequestError {
  return new RequestError({
    code: 'bad_connection',
    message: `Connection ${id} (${type}) is no mail server. Write it as smtp://login:password@host:587 or smtps://….`,
    details: { connection: id },
  });
}
