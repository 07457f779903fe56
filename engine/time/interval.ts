/** The half-open range of time `[start, end)` that a run is responsible for; ISO 8601 in UTC, ending in `Z`. */
export interface DataInterval {
  readonly start: string;
  readonly end: string;
}
