import { cutTo, type Sink, widthOf } from './style';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/**
 * A block of lines that is drawn again in its place on a terminal. What was drawn last stays when it is
 * finished, and the cursor comes back however the process ends.
 */
export class LiveScreen {
  private drawn = 0;
  private readonly restore = (): void => void this.sink.write(showCursor);

  constructor(private readonly sink: Sink) {
    sink.write(hideCursor);
    process.once('exit', this.restore);
  }

  /** The lines are cut to the terminal's width; more lines than it is high are left out at the end. */
  draw(lines: readonly string[]): void {
    const width = (this.sink.columns ?? 80) - 1;
    const shown = lines.slice(0, Math.max(1, (this.sink.rows ?? 24) - 1));
    const up = this.drawn === 0 ? '' : `\u001b[${this.drawn}A`;
    const body = shown.map((line) => `${clipPainted(line, width)}\u001b[K\n`).join('');
    this.sink.write(`${up}\r${body}\u001b[J`);
    this.drawn = shown.length;
  }

  finish(): void {
    process.off('exit', this.restore);
    this.restore();
    this.drawn = 0;
  }
}

/** Cuts a line with colour codes to a width; colours that were open are closed. */
export function clipPainted(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  let left = width;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are what it splits by
  const parts = line.split(/(\u001b\[[0-9;]*m)/).map((part) => {
    if (part.startsWith('\u001b[')) return part;
    const cut = left <= 0 ? '' : cutTo(part, left);
    left -= widthOf(part);
    return cut;
  });
  return `${parts.join('')}\u001b[0m`;
}
