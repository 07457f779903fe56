import { stripVTControlCharacters } from 'node:util';
import type { RunStateName, TaskState } from '../engine';

/** Paints text for the eye, or leaves it as it is. */
export interface Paint {
  readonly hasColor: boolean;
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  state(state: TaskState | RunStateName, text?: string): string;
}

/** A stream that text is written to, with what a terminal says of itself. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36 } as const;

type Color = keyof typeof codes;

const stateColors: { readonly [state in TaskState | RunStateName]: Color } = {
  none: 'dim',
  scheduled: 'dim',
  queued: 'dim',
  running: 'cyan',
  success: 'green',
  restarting: 'yellow',
  failed: 'red',
  skipped: 'magenta',
  upstream_failed: 'yellow',
  up_for_retry: 'yellow',
  up_for_reschedule: 'cyan',
  awaiting_input: 'yellow',
  deferred: 'cyan',
};

/** Colours on a terminal alone, and not where NO_COLOR asks for none; FORCE_COLOR overrules both. */
export function paintFor(sink: Sink, env: NodeJS.ProcessEnv = process.env): Paint {
  const isOff = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  const isForced = (env.FORCE_COLOR ?? '0') !== '0';
  return createPaint(isForced || (sink.isTTY === true && !isOff));
}

export function createPaint(hasColor: boolean): Paint {
  const paint = (color: Color, text: string): string =>
    hasColor && text !== '' ? `\u001b[${codes[color]}m${text}\u001b[0m` : text;
  return {
    hasColor,
    bold: (text) => paint('bold', text),
    dim: (text) => paint('dim', text),
    green: (text) => paint('green', text),
    red: (text) => paint('red', text),
    yellow: (text) => paint('yellow', text),
    cyan: (text) => paint('cyan', text),
    state: (state, text = state) => paint(stateColors[state], text),
  };
}

/** How many columns a text takes on a terminal, colour codes left out. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += characterWidth(character);
  return width;
}

/** Cuts a text without colour codes to a width, with `…` as its last character when something is left out. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    cut += character;
  }
  return width <= 0 ? '' : `${cut}…`;
}

/** East Asian wide characters and emoji take two columns, combining marks none. */
function characterWidth(character: string): number {
  if (/\p{Mark}/u.test(character)) return 0;
  return /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
    character,
  )
    ? 2
    : 1;
}
