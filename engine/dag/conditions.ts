import { SkipTask } from '../errors';
import type { Conditions, Handler } from './authoring';

/**
 * A handler behind its task's conditions. They are asked in every try, before the handler and with what
 * it is given; a task that they hold back ends as skipped.
 */
export function behindConditions(handler: Handler, { runIf, skipIf }: Conditions<never>): Handler {
  if (runIf === undefined && skipIf === undefined) return handler;
  return async (context, input) => {
    if (runIf !== undefined && !(await runIf(context, input))) throw new SkipTask('its runIf said no');
    if (skipIf !== undefined && (await skipIf(context, input))) throw new SkipTask('its skipIf said yes');
    return await handler(context, input);
  };
}
