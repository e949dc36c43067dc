import {canonicalJson} from '../../schemas/canonical-json.ts';
import {isDigest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {
  type Check,
  either,
  exactly,
  isRecord,
  list,
  object,
  record,
  variant,
  where,
} from '../../schemas/strict-shape.ts';
import {digestOfBytes} from '../hashing.ts';
import {keyOf} from './key-of.ts';

export const RECEIPT_LIMIT = 64 * 2 ** 20;

export function encodeReceipt(receipt: Receipt): Buffer {
  return Buffer.from(canonicalJson(receipt));
}

/**
 * Reads a receipt as a stranger's. It must be what `encodeReceipt` writes for its content, its key must
 * be the hash of its document, and its hardware class the hash of its facts. A torn one is none.
 */
export function parseReceipt(bytes: Uint8Array): Result<Receipt, string> {
  if (bytes.length > RECEIPT_LIMIT) return err('larger than a receipt may be');
  try {
    const text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
    return checkReceipt(JSON.parse(text), text);
  } catch {
    // Not UTF-8, not JSON, or nested deeper than anything that was ever written.
    return err('not a JSON document in UTF-8');
  }
}

function checkReceipt(value: unknown, text: string): Result<Receipt, string> {
  const broken = RECEIPT(value, '$');
  if (broken !== undefined) return err(broken);
  const receipt = value as Receipt;
  if (canonicalJson(receipt) !== text) return err('not in canonical form');
  if (keyOf(receipt.document) !== receipt.key) return err('the key is not that of the document');
  const {facts, digest} = receipt.hardware;
  if (digestOfBytes(canonicalJson(facts)) !== digest) return err('the class is not that of the facts');
  return ok(receipt);
}

const digest = where('a digest', isDigest);
const text = where('text', (value) => typeof value === 'string');
const count = where('a count', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const seconds = where('a duration', (value) => typeof value === 'number' && value >= 0);
const flag = where('true or false', (value) => typeof value === 'boolean');
/** What JSON.parse gives is JSON; that it has a canonical form is checked with the whole. */
const json = where('JSON', () => true);
const nothing = exactly(null);
const instant = where('a time in UTC', (value) => typeof value === 'string' && INSTANT.test(value));

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

const ARTIFACT = variant('type', {
  blob: object({type: text, digest, size: count}),
  tree: object({type: text, digest, size: count, files: count}),
});

const ENVIRONMENT = variant('type', {
  python: object({type: text, lock: digest, python: text}),
  host: object({type: text, fingerprint: digest}),
});

const DOCUMENT = object({
  key: exactly(1),
  kind: text,
  command: list(text),
  code: digest,
  sdk: digest,
  params: record(json),
  seed: either(nothing, where('a number', Number.isSafeInteger)),
  inputs: record(either(digest, record(digest))),
  outputs: record(object({type: exactly('blob', 'tree'), kind: text})),
  values: record(text),
  environment: ENVIRONMENT,
  variables: record(text),
  contract: record(text),
  network: flag,
});

const EXECUTION = {
  sandbox: exactly('bubblewrap', 'none'),
  startedAt: instant,
  seconds,
  attempts: count,
  resumed: count,
  effective: json,
  metrics: either(nothing, digest),
  log: either(nothing, digest),
  reproVersion: text,
};

const INTERRUPTION = object({at: instant, how: exactly('asked', 'told', 'killed')});

const CLAIM = {
  key: digest,
  document: DOCUMENT,
  outputs: record(ARTIFACT),
  values: record(json),
  hardware: object({digest, facts: record(text)}),
};

const RECEIPT_1 = object({...CLAIM, receipt: exactly(1), execution: object(EXECUTION)});

const EXECUTION_2 = {...EXECUTION, trace: either(nothing, digest), interruptions: list(INTERRUPTION)};

const RECEIPT_2 = object({...CLAIM, receipt: exactly(2), execution: object(EXECUTION_2)});

const RECEIPT_3 = object({
  ...CLAIM,
  receipt: exactly(3),
  execution: object({...EXECUTION_2, memory: exactly('undeclared', 'limited', 'watched')}),
});

/** Each format by its own rules: what another version wrote stays readable, and nothing is read as what it isn't. */
const RECEIPT: Check = (value, at) => {
  const format = isRecord(value) ? value.receipt : undefined;
  if (format === 3) return RECEIPT_3(value, at);
  return format === 2 ? RECEIPT_2(value, at) : RECEIPT_1(value, at);
};
