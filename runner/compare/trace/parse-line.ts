import {createHash} from 'node:crypto';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {type Check, exactly, isRecord, list, object, record, where} from '../../../schemas/strict-shape.ts';
import {TRACE_PARTS, type TraceHeader, type TraceStep} from '../../../schemas/trace.ts';
import {utf8Text} from '../../../schemas/utf8.ts';

const ZEROS = '0'.repeat(64);

/** What a header's `previous` is: nothing comes before it. */
export const BEFORE_ALL = ZEROS;

/** The line that opens a trace. */
export function parseHeader(bytes: Uint8Array): Result<TraceHeader, string> {
  const line = parseLine(bytes, HEADER);
  if (!line.ok) return line;
  const header = line.value as unknown as TraceHeader;
  const sorted = [...new Set(header.parts)].sort();
  return sorted.join() === header.parts.join() ? ok(header) : err('$.parts is not sorted, or has one twice');
}

/** A step's line, for a trace with this header; where it stands in the chain is the reader's to check. */
export function parseStep(bytes: Uint8Array, {parts}: TraceHeader): Result<TraceStep, string> {
  const line = parseLine(bytes, STEP);
  if (!line.ok) return line;
  const step = line.value as unknown as TraceStep;
  const stranger = Object.keys(step.parts).find((part) => !(parts as readonly string[]).includes(part));
  return stranger === undefined ? ok(step) : err(`$.parts.${stranger} is not among the header's parts`);
}

/** SHA-256 of the canonical JSON of all but `chain`. */
export function chainOf(line: Readonly<Record<string, unknown>>): string {
  const {chain: _, ...rest} = line;
  return createHash('sha256').update(canonicalJson(rest)).digest('hex');
}

/** The very bytes that the encoder writes for what they say, and a chain that is theirs. */
function parseLine(bytes: Uint8Array, shape: Check): Result<Readonly<Record<string, unknown>>, string> {
  const text = utf8Text(bytes);
  const value = text === undefined ? undefined : parse(text);
  if (text === undefined || !isRecord(value)) return err('not a JSON object in UTF-8');
  const broken = shape(value, '$');
  if (broken !== undefined) return err(broken.slice(0, 200));
  if (canonicalJson(value) !== text) return err('not in canonical form');
  return chainOf(value) === value.chain ? ok(value) : err('its chain is not the hash of the line');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const hex = where(
  '64 hexadecimal digits',
  (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
);
const float = where(
  '16 hexadecimal digits',
  (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value),
);
const text = where('text', (value) => typeof value === 'string');
const count = where('a count', (value) => Number.isSafeInteger(value) && Number(value) >= 0);

const HEADER = object({
  trace: exactly(1),
  what: text,
  algorithm: exactly('sha256'),
  parts: list(exactly(...TRACE_PARTS)),
  previous: exactly(ZEROS),
  chain: hex,
});

const STEP = object({step: count, parts: record(hex), scalars: record(float), previous: hex, chain: hex});
