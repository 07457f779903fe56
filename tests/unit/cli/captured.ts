import type { Sink } from '../../../cli/style';

/** A terminal, or a pipe, that remembers what was written to it. */
export interface CapturedSink extends Sink {
  text(): string;
}

export function captured(size: { readonly columns: number; readonly rows: number } | null = null): CapturedSink {
  let written = '';
  return {
    ...(size === null ? { isTTY: false } : { isTTY: true, ...size }),
    write: (text: string) => {
      written += text;
      return true;
    },
    text: () => written,
  };
}
