import { createHash } from 'node:crypto';
import { RecentlyUsed } from '../concurrency';
import { sumFingerprints } from '../duckdb/fingerprint';
import type { Column, DataFile, Fingerprint, ObjectStore } from '../types';
import { decodeFile, encodeFile, parseFormat1, type StoredFile } from './codec';

/** What a release says of one day of a slice table (of all rows, for a whole table: `day` null). */
export interface DayEntry {
  readonly day: string | null;
  readonly sources: readonly string[];
  readonly files: readonly DataFile[];
}

/** A month of a slice table (`2010-12`), or all of a whole table (`all`). */
export interface Partition {
  readonly partition: string;
  readonly days: readonly DayEntry[];
}

/** How a release refers to a partition's immutable manifest, with what sums over tables need. */
export interface PartitionRef {
  readonly partition: string;
  readonly manifest: string;
  readonly dayCount: number;
  readonly fileCount: number;
  readonly byteCount: number;
  readonly fingerprint: Fingerprint;
}

interface StoredPartition {
  readonly format: 1;
  readonly table: string;
  readonly partition: string;
  readonly days: readonly {
    readonly day: string | null;
    readonly sources: readonly string[];
    readonly files: readonly StoredFile[];
  }[];
}

/** The key of all files of a whole table. */
export const wholePartition = 'all';

/** Manifests held in memory: some fifty tables of a year each, a few dozen MB. */
const cachedManifests = 600;

/** Reads and writes partition manifests, which never change once written. */
export interface PartitionStore {
  load(ref: PartitionRef): Promise<Partition>;
  /** Content-addressed, so equal partitions have one manifest. Nothing is written before `flush`. */
  stage(table: string, columns: readonly Column[], partition: Partition, probe: string): StagedPartition;
  flush(staged: readonly StagedPartition[]): Promise<void>;
}

export interface StagedPartition {
  readonly ref: PartitionRef;
  readonly partition: Partition;
  readonly bytes: string;
}

export function createPartitionStore(store: ObjectStore): PartitionStore {
  const cache = new RecentlyUsed<Partition>(cachedManifests);
  return {
    load: async (ref) => {
      const cached = cache.get(ref.manifest);
      if (cached !== undefined) return cached;
      const partition = decodePartition(ref.manifest, await store.get(ref.manifest));
      cache.set(ref.manifest, partition);
      return partition;
    },
    stage: (table, columns, partition, probe) => {
      const bytes = encodePartition(table, partition);
      const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
      const manifest = `manifests/${table}/${partition.partition}-${digest}.json`;
      return { ref: { manifest, ...summary(columns, partition, probe) }, partition, bytes };
    },
    flush: async (staged) => {
      await Promise.all(
        staged.map(async ({ ref, partition, bytes }) => {
          await store.putIfAbsent(ref.manifest, bytes);
          cache.set(ref.manifest, partition);
        }),
      );
    },
  };
}

function summary(columns: readonly Column[], { partition, days }: Partition, probe: string) {
  const files = days.flatMap((day) => day.files);
  return {
    partition,
    dayCount: days.length,
    fileCount: files.length,
    byteCount: files.reduce((sum, file) => sum + file.byteCount, 0),
    fingerprint: sumFingerprints(
      columns,
      files.map((file) => file.fingerprint),
      probe,
    ),
  };
}

function encodePartition(table: string, { partition, days }: Partition): string {
  const stored: StoredPartition = {
    format: 1,
    table,
    partition,
    days: days.map(({ day, sources, files }) => ({ day, sources, files: files.map(encodeFile) })),
  };
  return `${JSON.stringify(stored)}\n`;
}

function decodePartition(key: string, bytes: Buffer): Partition {
  const { partition, days } = parseFormat1<StoredPartition>(key, bytes);
  return {
    partition,
    days: days.map(({ day, sources, files }) => ({ day, sources, files: files.map(decodeFile) })),
  };
}
