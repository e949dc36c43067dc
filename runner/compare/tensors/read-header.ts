import {err, ok, type Result} from '../../../schemas/result.ts';
import {utf8Text} from '../../../schemas/utf8.ts';
import type {ByteFile} from '../byte-file.ts';
import {bitsOf} from './number-format.ts';

export interface StoredTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In the file. */
  readonly position: number;
  /** In bytes. */
  readonly length: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: readonly StoredTensor[];
  /** `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** As it stands in the file: two spellings of one header are told apart. */
  readonly text: string;
}

/** The format's own limit is 100 MB; the largest models published have headers of a few. */
export const MOST_HEADER_BYTES = 64 * 2 ** 20;
const MOST_DIMENSIONS = 32;
export const LENGTH_BYTES = 8;

/** Whether it begins as a safetensors file does; that it is one, `readHeader` says. */
export function looksLikeSafetensors(file: ByteFile): boolean {
  const start = Buffer.alloc(LENGTH_BYTES + 1);
  if (file.readInto(start, 0) < start.length) return false;
  return start.readBigUInt64LE(0) < 2n ** 40n && start[LENGTH_BYTES] === OPENING_BRACE;
}

const OPENING_BRACE = 0x7b;

/**
 * A stranger's header: 8 bytes of length, then JSON, then the tensors' bytes without holes. Limits are checked before
 * anything is believed; what is wrong is said in words.
 */
export function readHeader(file: ByteFile): Result<SafetensorsHeader, string> {
  if (file.size < LENGTH_BYTES) return err(`it has ${file.size} bytes, and a header begins with 8`);
  const length = Number(Buffer.from(file.read(0, LENGTH_BYTES)).readBigUInt64LE(0));
  if (length > MOST_HEADER_BYTES)
    return err(`its header claims ${length} bytes; at most ${MOST_HEADER_BYTES} are read`);
  if (LENGTH_BYTES + length > file.size)
    return err(`truncated: its header claims ${length} bytes, and the file has ${file.size}`);
  return parseHeaderText(file.read(LENGTH_BYTES, length), {from: LENGTH_BYTES + length, to: file.size});
}

/** The JSON of a header, and where in the file the bytes are that it speaks of. */
export function parseHeaderText(bytes: Uint8Array, data: Extent): Result<SafetensorsHeader, string> {
  const text = utf8Text(bytes);
  const parsed = text === undefined ? undefined : parseObject(text);
  if (text === undefined || parsed === undefined) return err('its header is not a JSON object in UTF-8');
  return interpret(parsed, text, data);
}

export interface Extent {
  readonly from: number;
  readonly to: number;
}

function interpret(
  header: Readonly<Record<string, unknown>>,
  text: string,
  data: Extent,
): Result<SafetensorsHeader, string> {
  const tensors: StoredTensor[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isTextRecord(value)) return err('its __metadata__ is not an object of strings');
      metadata = value;
      continue;
    }
    const tensor = readTensor(name, value, data.from);
    if (!tensor.ok) return err(`tensor ${JSON.stringify(name)}: ${tensor.error}`);
    tensors.push(tensor.value);
  }
  // Empty tensors have no bytes: among those at one place the name decides.
  tensors.sort((a, b) => a.position - b.position || a.length - b.length || (a.name < b.name ? -1 : 1));
  const broken = holeIn(tensors, data);
  return broken === undefined ? ok({tensors, metadata, text}) : err(broken);
}

function readTensor(name: string, value: unknown, base: number): Result<StoredTensor, string> {
  if (!isObject(value)) return err('not an object');
  // Names stand between these in a content digest: with one inside, two models could have one digest.
  if (/[\0\n]/.test(name)) return err('its name holds a separator');
  const {dtype, shape, data_offsets: offsets} = value;
  if (typeof dtype !== 'string') return err('has no dtype');
  if (!isCounts(shape) || shape.length > MOST_DIMENSIONS) return err('its shape is not a list of counts');
  if (!isCounts(offsets) || offsets.length !== 2) return err('its data_offsets are not two counts');
  const [from = 0, to = 0] = offsets;
  const bits = bitsOf(dtype);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (to < from || !Number.isSafeInteger(elements)) return err('its sizes are impossible');
  if (bits !== undefined && elements * bits !== (to - from) * 8)
    return err(`${elements} elements of ${dtype} don't fill ${to - from} bytes`);
  return ok({name, dtype, shape, position: base + from, length: to - from});
}

/** The bytes must be there, once each, and nothing else: in a hole anything could be hidden. */
function holeIn(tensors: readonly StoredTensor[], {from, to}: Extent): string | undefined {
  let at = from;
  for (const {name, position, length} of tensors) {
    if (position + length > to)
      return `truncated: tensor ${JSON.stringify(name)} ends at byte ${position + length}, and the file has ${to}`;
    if (position !== at)
      return `tensor ${JSON.stringify(name)} begins at byte ${position}, where ${at} is expected`;
    at += length;
  }
  return at === to ? undefined : `${to - at} bytes after the last tensor belong to none`;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((item) => typeof item === 'string');
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0);
}
