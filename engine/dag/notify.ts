import { DefinitionError, didYouMean } from '../errors';

/** What can be told of a run (`success`, `failure`, `deadline`) and of a task (`success`, `failure`, `retry`, `skip`). */
export type NotifyEvent = 'success' | 'failure' | 'retry' | 'skip' | 'deadline';

export const runNotifyEvents: readonly NotifyEvent[] = ['success', 'failure', 'deadline'];
export const taskNotifyEvents: readonly NotifyEvent[] = ['success', 'failure', 'retry', 'skip'];

/** Who tells it. Where to and with which secret stands in a connection, which only the worker looks up. */
export type Notifier =
  | { readonly kind: 'webhook'; readonly connection: string }
  | { readonly kind: 'email'; readonly connection: string; readonly to: readonly string[] }
  | { readonly kind: 'log' };

export interface NotifyRule {
  readonly on: readonly NotifyEvent[];
  readonly by: Notifier;
}

/** A rule as authors write it. */
export interface NotifyOptions<Event extends NotifyEvent> {
  readonly on: Event | readonly Event[];
  readonly by: Notifier;
}

export type RunNotifyOptions = NotifyOptions<'success' | 'failure' | 'deadline'>;
export type TaskNotifyOptions = NotifyOptions<'success' | 'failure' | 'retry' | 'skip'>;

/** Posts JSON, signed with the connection's password, to the connection's address. */
export function webhook(connection: string): Notifier {
  return { kind: 'webhook', connection };
}

/** Sends a mail over the connection's SMTP server. */
export function email(connection: string, { to }: { readonly to: string | readonly string[] }): Notifier {
  return { kind: 'email', connection, to: [to].flat() };
}

/** Writes a line into the worker's log. */
export function logLine(): Notifier {
  return { kind: 'log' };
}

/** Reads the rules of a DAG or a task; a DAG file is run without a compiler, so each part is looked at. */
export function readNotify(
  rules: readonly NotifyOptions<NotifyEvent>[],
  where: string,
  known: readonly NotifyEvent[],
): readonly NotifyRule[] {
  return rules.map(({ on, by }) => {
    const events = [on].flat();
    const unknown = events.find((event) => !known.includes(event));
    if (unknown !== undefined || events.length === 0) {
      const said = unknown === undefined ? 'on names no event' : `there is no event "${unknown}"`;
      throw badNotify(where, `${said}; there are: ${known.join(', ')}.${didYouMean(String(unknown), known)}`);
    }
    return { on: events, by: checked(by, where) };
  });
}

function checked(by: Notifier, where: string): Notifier {
  switch (by?.kind) {
    case 'log':
      return { kind: 'log' };
    case 'webhook':
    case 'email':
      if (typeof by.connection !== 'string' || by.connection === '')
        throw badNotify(where, `its ${by.kind} names no connection.`);
      if (by.kind === 'email' && (by.to.length === 0 || by.to.some((one) => !/^[^\s@]+@[^\s@]+$/.test(one))))
        throw badNotify(where, `its email goes to ${JSON.stringify(by.to)}; give addresses such as "ada@example.com".`);
      return by;
    default:
      throw badNotify(
        where,
        `by is ${JSON.stringify(by)}; write webhook('connection'), email('connection', { to }) or logLine().`,
      );
  }
}

export function badNotify(where: string, why: string): DefinitionError {
  return new DefinitionError({ code: 'bad_notify', message: `${where}: notify: ${why}`, details: { where } });
}
