/** An interval in epoch milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The intervals that a timetable names, in the order of their ends, of which no two are equal. */
export interface RunSeries {
  /** The first one that ends strictly after an instant; null when there is none any more. */
  next(afterMs: number): Span | null;
  /** The last one that ends at or before an instant; null when there was none yet. */
  last(atMs: number): Span | null;
}
