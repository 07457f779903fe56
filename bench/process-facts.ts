import { readFileSync } from 'node:fs';

/** The most memory that a living process has held at once (VmHWM); null where the system does not tell. */
export function peakMemoryBytes(pid: number): number | null {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readProc(pid, 'status'))?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
}

/** Linux counts a process's time in hundredths of a second, whatever its own clock does. */
const tickMs = 10;

/**
 * Processor time that a living process has used, in ms; null where the system does not tell. On a machine
 * with other work it says more than the clock on the wall.
 */
export function processorMs(pid: number): number | null {
  // The second field is the program's name in brackets, which may hold blanks.
  const fields = readProc(pid, 'stat').split(') ')[1]?.split(' ');
  const [user, system] = [fields?.[11], fields?.[12]];
  return user === undefined || system === undefined ? null : (Number(user) + Number(system)) * tickMs;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
