import type { DataFile, DayRange, ReleaseReader } from '../types';
import { isInRange, monthOf } from './days';
import { type PartitionRef, type PartitionStore, wholePartition } from './partitions';
import type { ReleasedTable, ReleaseRecord } from './record';

/** Opens a release for reading; the manifests of a table are read when it is asked for. */
export function createReleaseReader(record: ReleaseRecord, partitions: PartitionStore): ReleaseReader {
  const load = async (table: ReleasedTable, days: DayRange | undefined) => {
    const wanted = table.partitions.filter((ref) => days === undefined || overlaps(ref, days));
    const loaded = await Promise.all(wanted.map((ref) => partitions.load(ref)));
    return loaded.flatMap((partition) => partition.days);
  };
  return {
    release: record.release,
    publishedAt: record.publishedAt,
    tables: record.tables,
    files: async (name, days) => {
      const table = record.tables[name];
      if (table === undefined) return [];
      const files = (await load(table, days)).flatMap((entry) => entry.files);
      return files.filter((file) => isWanted(file, days));
    },
    days: async (name) => {
      const table = record.tables[name];
      if (table === undefined || table.kind === 'whole') return [];
      return (await load(table, undefined)).flatMap(({ day, sources, files }) => {
        const rowCount = files.reduce((sum, file) => sum + file.rowCount, 0);
        return day === null ? [] : [{ day, rowCount, sources }];
      });
    },
  };
}

/** Months compare as texts; the last day of the range is the one before its end. */
function overlaps({ partition }: PartitionRef, { start, end }: DayRange): boolean {
  return partition === wholePartition || (partition >= monthOf(start) && `${partition}-01` < end);
}

function isWanted({ day }: DataFile, days: DayRange | undefined): boolean {
  return days === undefined || day === null || isInRange(day, days);
}
