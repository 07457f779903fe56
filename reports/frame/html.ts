/** Markup that may go into a page as it stands. Made only by {@link html} and {@link ownMarkup}. */
export interface Html {
  readonly kind: 'html';
  readonly text: string;
}

/** What a template takes: text and numbers are escaped, markup stays, lists are joined, null is nothing. */
export type HtmlValue = Html | string | number | null | readonly HtmlValue[];

/** Tagged template that escapes every value, in text and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = strings.map((string, index) => string + (index < values.length ? asMarkup(values[index] ?? null) : ''));
  return { kind: 'html', text: parts.join('') };
}

/** Takes markup that this program made (a stylesheet, a drawn chart) as it stands; never pass data. */
export function ownMarkup(text: string): Html {
  return { kind: 'html', text };
}

/**
 * Untrusted text on one line: control characters and blanks become one blank, characters that turn
 * the direction of writing and halves of surrogate pairs are dropped.
 */
export function cleanText(text: string): string {
  return text
    .replace(/[\u202A-\u202E\u2066-\u2069\u200E\u200F\uFEFF]|\p{Surrogate}/gu, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
}

/** {@link cleanText} cut to that many characters, the last of them an ellipsis. */
export function shortText(text: string, most: number): string {
  const characters = [...cleanText(text)];
  return characters.length <= most
    ? characters.join('')
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

function asMarkup(value: HtmlValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeHtml(value);
  return isList(value) ? value.map(asMarkup).join('') : value.text;
}

function isList(value: Html | readonly HtmlValue[]): value is readonly HtmlValue[] {
  return Array.isArray(value);
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
