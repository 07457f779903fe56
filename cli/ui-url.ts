import type { Place } from './connect';

/** The list of workflows in Temporal's UI. A dev server has its UI a thousand ports above itself. */
export function uiHome(place: Pick<Place, 'address' | 'uiUrl' | 'namespace'>, given?: string): string {
  const [, host = '127.0.0.1', port = '7233'] = /^(.*):(\d+)$/.exec(place.address) ?? [];
  const root = (given ?? place.uiUrl ?? `http://${host}:${Number(port) + 1_000}`).replace(/\/$/, '');
  return `${root}/namespaces/${encodeURIComponent(place.namespace)}/workflows`;
}
