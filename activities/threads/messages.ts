/** What the process asks a thread to do: call an exported function of a module with one argument. */
export interface ThreadRequest {
  /** Absolute path. */
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}

export type ThreadReply =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: PortableError };

/** An error as plain data: classes do not survive the way between threads, codes do. */
export interface PortableError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly code: string | null;
  /** Set for errors of the taxonomy only. */
  readonly taxonomy: { readonly retryable: boolean; readonly detailsJson: string } | null;
  readonly cause: PortableError | null;
}
