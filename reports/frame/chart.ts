import { type EChartsOption, init } from 'echarts';
import { escapeHtml, type Html, ownMarkup } from './html';

/** One drawing of a chart; colours are CSS variables of the page (`var(--accent)`), so that it follows its theme. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsOption;
}

/** A chart, drawn twice: text in a scaled-down drawing would be too small to read on a phone. */
export interface Chart {
  /** Unique on the page; prefixes every id inside. */
  readonly id: string;
  /** What a reader who cannot see it is told: the subject and what it shows. */
  readonly label: string;
  readonly wide: Drawing;
  readonly narrow: Drawing;
}

/** Draws a chart as two inline SVGs, of which the stylesheet shows the one that fits. Same chart, same bytes. */
export function renderChart({ id, label, wide, narrow }: Chart): Html {
  return ownMarkup(
    draw({ id: `${id}-wide`, label, drawing: wide }) + draw({ id: `${id}-narrow`, label, drawing: narrow }),
  );
}

function draw({ id, label, drawing }: { id: string; label: string; drawing: Drawing }): string {
  const { width, height, option } = drawing;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: 'transparent',
      textStyle: { fontFamily: 'inherit', color: 'var(--ink)' },
      ...option,
    });
    const body = ownIds(bodyOf(chart.renderToSVGString()), id);
    const shape = id.endsWith('-wide') ? 'wide' : 'narrow';
    return `<svg class="chart chart-${shape}" id="${id}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${body}</svg>`;
  } finally {
    chart.dispose();
  }
}

/** What is between the outer tags, without background, invisible shapes, hover styles and attributes that only scripts need. */
function bodyOf(svg: string): string {
  return svg
    .replace(/^<svg[^>]*>\s*/, '')
    .replace(/<\/svg>\s*$/, '')
    .replace(/<style\b[\s\S]*?<\/style>/g, '')
    .replace(/<rect\b[^>]*fill="(?:none|transparent)"[^>]*><\/rect>\s*/, '')
    .replace(/<path\b(?![^>]*stroke=)[^>]*fill="none"[^>]*><\/path>/g, '')
    .replace(/<path\b[^>]*fill-opacity="0"[^>]*stroke-width="0"[^>]*><\/path>/g, '')
    .replace(/ (?:ecmeta_\w+|class|pointer-events|xml:space)="[^"]*"/g, '')
    .replace(/\n+/g, '');
}

/**
 * The library numbers its instances per process and names ids after them (`zr7-c0`); renaming them
 * after the chart keeps the bytes equal and the ids unique on the page.
 */
function ownIds(svg: string, id: string): string {
  const names = new Map<string, string>();
  return svg.replace(/(="(?:url\(#|#)?)(zr\d[\w-]*)/g, (_all, before: string, name: string) => {
    const own = names.get(name) ?? `${id}-${names.size}`;
    names.set(name, own);
    return before + own;
  });
}
