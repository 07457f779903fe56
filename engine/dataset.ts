/**
 * A reference to files that one attempt wrote. Rows stay in the warehouse; this is what travels from
 * task to task through Temporal. The manifest is immutable, so the reference means the same for ever.
 */
export interface DatasetRef {
  readonly kind: 'dataset';
  /** The SQL model or source it holds: `staging.stg_invoices`. */
  readonly table: string;
  /** The warehouse key of the manifest, a JSON file that lists the files with their statistics. */
  readonly manifest: string;
  readonly rowCount: number;
  readonly fileCount: number;
  /** Order-independent fingerprint of the rows, as text; null for files that nobody compares. */
  readonly fingerprint: string | null;
}
