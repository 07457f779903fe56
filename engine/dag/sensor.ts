import { DefinitionError } from '../errors';
import { durationMs } from '../time/duration';
import type { SensorOptions } from './authoring';
import type { SensorPolicy } from './spec';

/** Reads the rhythm of a sensor; what is not said is not part of the spec. */
export function readSensor(id: string, options: SensorOptions): SensorPolicy {
  const { pokeInterval = '60 seconds', timeout = '7 days', pokeBackoff, maxPokeInterval, softFail } = options;
  const where = `sensor ${id}`;
  if (pokeBackoff !== undefined && !(Number.isFinite(pokeBackoff) && pokeBackoff >= 1)) {
    throw new DefinitionError({
      code: 'bad_limit',
      message: `${where}: pokeBackoff is ${pokeBackoff}; give the factor by which the interval grows, such as 2.`,
      details: { sensor: id, pokeBackoff },
    });
  }
  return {
    pokeIntervalMs: durationMs(pokeInterval, `${where}: pokeInterval`),
    timeoutMs: durationMs(timeout, `${where}: timeout`),
    ...(pokeBackoff === undefined ? {} : { pokeBackoff }),
    ...(maxPokeInterval === undefined
      ? {}
      : { maxPokeIntervalMs: durationMs(maxPokeInterval, `${where}: maxPokeInterval`) }),
    ...(softFail === true ? { softFail } : {}),
  };
}
