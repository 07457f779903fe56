import { onOneLine } from './table';

/** Docs in Markdown as they were written, without the indent of the file that they stand in; nothing for none. */
export function docsLines(docs: string | undefined): readonly string[] {
  const lines = (docs ?? '').replace(/\s+$/, '').split('\n').map(onOneLine);
  while (lines[0]?.trim() === '') lines.shift();
  if (lines.length === 0) return [];
  const indents = lines.slice(1).flatMap((line) => (line.trim() === '' ? [] : [line.search(/\S/)]));
  const indent = Math.min(Number.POSITIVE_INFINITY, ...indents);
  // The first line may stand behind the opening quote.
  return ['', ...lines.map((line, index) => (index === 0 ? line.trimStart() : line.slice(indent)))];
}
