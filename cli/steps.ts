import { cutTo, paintFor, type Sink } from './style';

const labelWidth = 10;

/** The steps of getting ready, one line each; on a terminal a line says what is being done until it is done. */
export interface Steps {
  begin(name: string, doing: string): void;
  done(name: string, result: string): void;
  /** A line beside the steps: a sign of life of something slow. */
  note(line: string): void;
}

export function createSteps(sink: Sink): Steps {
  const paint = paintFor(sink);
  const isLive = sink.isTTY === true;
  let pending: string | null = null;
  const clear = (): void => {
    if (pending !== null) sink.write('\r\u001b[K');
  };
  const draw = (): void => {
    if (pending !== null) sink.write(cutTo(pending, (sink.columns ?? 80) - 1));
  };
  return {
    begin: (name, doing) => {
      if (!isLive) return;
      clear();
      pending = `${name.padEnd(labelWidth)} ${doing} …`;
      draw();
    },
    done: (name, result) => {
      clear();
      pending = null;
      sink.write(`${paint.dim(name.padEnd(labelWidth))} ${result}\n`);
    },
    note: (line) => {
      clear();
      process.stderr.write(`${line}\n`);
      draw();
    },
  };
}
