import type { Customer } from './customers';

/** One record as it stands in the file. */
export interface InvoiceLine {
  readonly invoiceNo: string;
  readonly stockCode: string;
  readonly description: string;
  readonly quantity: number;
  readonly invoiceDate: string;
  /** As text: `2.55`, `0.0`. */
  readonly unitPrice: string;
  /** As text with the decimal tail of the real file: `17850.0`, or empty. */
  readonly customerId: string;
  readonly country: string;
}

/** What all lines of one invoice share. */
export type LineHead = Pick<InvoiceLine, 'invoiceNo' | 'invoiceDate' | 'customerId' | 'country'>;

/** The head of an invoice; without a customer it is one of the home country. */
export function head(invoiceNo: string, invoiceDate: string, customer: Customer | null): LineHead {
  return {
    invoiceNo,
    invoiceDate,
    customerId: customer === null ? '' : `${customer.id}.0`,
    country: customer?.country ?? 'United Kingdom',
  };
}

const decimals = new Map<number, string>();

/** Hundredths as the source writes them: `2.55`, `2.1`, `18.0`. */
export function decimal(hundredths: number): string {
  const known = decimals.get(hundredths);
  if (known !== undefined) return known;
  const rest = String(hundredths % 100).padStart(2, '0');
  const text = `${Math.trunc(hundredths / 100)}.${rest.endsWith('0') ? rest.slice(0, 1) : rest}`;
  decimals.set(hundredths, text);
  return text;
}
