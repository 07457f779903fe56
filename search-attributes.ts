import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { RequestError, searchAttributes } from './engine';

const { IndexedValueType } = temporal.api.enums.v1;

const wireTypes = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} as const;

/**
 * Registers the search attributes that runs are listed by. The server accepts a changed type in
 * silence and ignores it, so the types are read back: `search_attribute_type` names a wrong one.
 */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const { namespace } = client.options;
  const { operatorService } = client.connection as unknown as OperatorConnection;
  const present = (await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  const missing = Object.entries(searchAttributes).filter(([name]) => present[name] === undefined);
  if (missing.length > 0) {
    const wanted = Object.fromEntries(missing.map(([name, type]) => [name, wireTypes[type]]));
    await operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
  }
  for (const [name, type] of Object.entries(searchAttributes)) {
    const actual = present[name];
    if (actual === undefined || actual === wireTypes[type]) continue;
    throw new RequestError({
      code: 'search_attribute_type',
      message: `Namespace ${namespace} has a search attribute ${name} of another type than ${type}. Remove it: temporal operator search-attribute remove --name ${name}`,
      details: { name, expected: type, actual: IndexedValueType[actual] ?? actual },
    });
  }
}

interface OperatorConnection {
  readonly operatorService: {
    listSearchAttributes(request: {
      namespace: string;
    }): Promise<{ customAttributes?: { [name: string]: number } | null }>;
    addSearchAttributes(request: { namespace: string; searchAttributes: { [name: string]: number } }): Promise<unknown>;
  };
}
