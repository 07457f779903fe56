import type { SensorPolicy } from '../dag/spec';
import type { PlannedTask } from './plan';
import { retryDelayMs } from './retry-delay';

/** Until a sensor's next poke: its interval, or how far that has grown by the rule of retry delays. */
export function pokeDelayMs(
  dagId: string,
  { taskId, sensor }: Pick<PlannedTask, 'taskId' | 'sensor'>,
  { logicalDate, pokeCount }: { readonly logicalDate: string; readonly pokeCount: number },
): number {
  const { pokeIntervalMs, pokeBackoff = 1, maxPokeIntervalMs = null } = sensor as SensorPolicy;
  const growing = {
    retryDelayMs: pokeIntervalMs,
    retryExponentialBackoff: pokeBackoff,
    maxRetryDelayMs: maxPokeIntervalMs,
  };
  return retryDelayMs(growing, { dagId, taskId, logicalDate, tryNumber: pokeCount + 1 });
}
