import type {Json} from '../../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {exactly, isRecord, list, object, record, where} from '../../../schemas/strict-shape.ts';

/** A recorded state (stages/_sdk/repro_sdk/boundaries.py): tensors by name and digest, and the rest as JSON. */
export interface StateDocument {
  readonly boundary: 1;
  readonly step: number;
  /** The trace's, after that step. */
  readonly chain: string | null;
  readonly facts: Readonly<Record<string, Json>>;
  readonly tensors: Readonly<Record<string, StateTensor>>;
}

export interface StateTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of its bytes, little-endian. */
  readonly sha256: string;
}

export function statePath(step: number): string {
  return `states/${String(step).padStart(8, '0')}.json`;
}

export function parseState(value: unknown, step: number): Result<StateDocument, string> {
  const broken =
    STATE(value, '$') ?? (isRecord(value) && value.step === step ? undefined : 'names another step');
  return broken === undefined
    ? ok(value as unknown as StateDocument)
    : err(`is none: ${broken.slice(0, 200)}`);
}

/** What `index.json` of recorded states must say. */
export function isIndexShape(value: unknown): boolean {
  return INDEX(value, '$') === undefined;
}

const count = where('a count', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const hex = where(
  '64 hexadecimal digits',
  (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
);
const map = where('an object', isRecord);
const chain = where(
  '64 hexadecimal digits, or null',
  (value) => value === null || hex(value, '') === undefined,
);
const dtype = where('a type', (value) => typeof value === 'string' && /^[a-z0-9_]{1,32}$/.test(value));
const TENSOR = object({dtype, shape: list(count), sha256: hex});
const STATE = object({boundary: exactly(1), step: count, chain, facts: map, tensors: record(TENSOR)});
const INDEX = object({boundaries: exactly(1), every: count, steps: list(count)});
