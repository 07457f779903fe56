import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** A workflow's history as it was recorded. */
export interface RecordedHistory {
  /** Recording and, of several executions, which one: `run_chain`, `control_continue_as_new.2`. */
  readonly name: string;
  readonly workflowId: string;
  readonly history: HistoryJson;
}

/** The events as Temporal writes them; what is inside is Temporal's business. */
export interface HistoryJson {
  readonly events: readonly HistoryEvent[];
}

export interface HistoryEvent {
  readonly eventType: string;
  readonly [attributes: string]: unknown;
}

const folder = resolve(__dirname, 'histories');
const root = resolve(__dirname, '../..');
/** A larger file is kept gzipped: nobody reads it, and the repository keeps every version of it. */
const maxPlainBytes = 64 << 10;

/** All recorded histories, by name. */
export function readHistories(): readonly RecordedHistory[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).sort().map(readHistory);
}

function readHistory(file: string): RecordedHistory {
  const bytes = readFileSync(join(folder, file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return JSON.parse(text) as RecordedHistory;
}

/** Replaces what was recorded under a name before. */
export function writeHistories(name: string, recorded: readonly Omit<RecordedHistory, 'name'>[]): void {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (file === `${name}.json` || file === `${name}.json.gz` || file.startsWith(`${name}.`))
      rmSync(join(folder, file));
  }
  for (const [index, { workflowId, history }] of recorded.entries()) {
    const numbered = recorded.length === 1 ? name : `${name}.${index + 1}`;
    const text = `${JSON.stringify({ name: numbered, workflowId, history: impersonal(history) }, null, 1)}\n`;
    if (Buffer.byteLength(text) <= maxPlainBytes) writeFileSync(join(folder, `${numbered}.json`), text);
    else writeFileSync(join(folder, `${numbered}.json.gz`), gzipSync(text, { level: 9 }));
  }
}

/** Without the paths and the name of the machine that it was recorded on. No workflow decides by them. */
function impersonal<Value>(value: Value): Value {
  if (typeof value === 'string') return impersonalText(value) as Value;
  if (Array.isArray(value)) return value.map(impersonal) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => {
    if (key === 'identity') return [key, 'recorder'];
    if (key === 'data' && typeof member === 'string' && 'metadata' in value) return [key, impersonalPayload(member)];
    return [key, impersonal(member)];
  });
  return Object.fromEntries(entries) as Value;
}

function impersonalText(text: string): string {
  return text.replaceAll(root, '/tidemill').replaceAll(hostname(), 'recorder');
}

function impersonalPayload(data: string): string {
  return Buffer.from(impersonalText(Buffer.from(data, 'base64').toString('utf8'))).toString('base64');
}
