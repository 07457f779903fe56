import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes } from '../engine/interpreter';

/** Typed keys of the search attributes that set-up registers. */
export const attributeKeys = {
  dag: defineSearchAttributeKey('TidemillDag', searchAttributes.TidemillDag),
  runType: defineSearchAttributeKey('TidemillRunType', searchAttributes.TidemillRunType),
  state: defineSearchAttributeKey('TidemillState', searchAttributes.TidemillState),
  failedTasks: defineSearchAttributeKey('TidemillFailedTasks', searchAttributes.TidemillFailedTasks),
  retries: defineSearchAttributeKey('TidemillRetries', searchAttributes.TidemillRetries),
  freshUntil: defineSearchAttributeKey('TidemillFreshUntil', searchAttributes.TidemillFreshUntil),
} as const;
