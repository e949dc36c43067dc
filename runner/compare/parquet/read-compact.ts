import {NotReadableSo} from '../not-readable-so.ts';

/** What Thrift's compact protocol can say, as far as a parquet footer uses it. A struct is its fields by number. */
export type Compact = boolean | bigint | number | Buffer | readonly Compact[] | CompactStruct;
export type CompactStruct = ReadonlyMap<number, Compact>;

const DEEPEST = 16;

/** A stranger's bytes: nothing is believed about lengths, and nesting is bounded. */
export function readCompactStruct(bytes: Buffer): CompactStruct {
  return readStruct({bytes, at: 0}, 0);
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

function readStruct(cursor: Cursor, depth: number): CompactStruct {
  if (depth > DEEPEST) throw new NotReadableSo('its footer is nested too deeply');
  const fields = new Map<number, Compact>();
  for (let id = 0; ; ) {
    const header = takeByte(cursor);
    if (header === 0) return fields;
    const step = header >> 4;
    id = step === 0 ? Number(takeZigzag(cursor)) : id + step;
    fields.set(id, readValue(cursor, header & 15, depth, true));
  }
}

function readValue(cursor: Cursor, type: number, depth: number, isField: boolean): Compact {
  switch (type) {
    case 1:
    case 2:
      // A field's type is its value; in a list each has a byte of its own.
      return isField ? type === 1 : takeByte(cursor) === 1;
    case 3:
      return takeByte(cursor);
    case 4:
    case 5:
    case 6:
      return takeZigzag(cursor);
    case 7:
      return take(cursor, 8).readDoubleLE();
    case 8:
      return take(cursor, Number(takeVarint(cursor)));
    case 9:
    case 10:
      return readList(cursor, depth);
    case 12:
      return readStruct(cursor, depth + 1);
    default:
      throw new NotReadableSo(`its footer has a field of type ${type}`);
  }
}

function readList(cursor: Cursor, depth: number): readonly Compact[] {
  if (depth > DEEPEST) throw new NotReadableSo('its footer is nested too deeply');
  const header = takeByte(cursor);
  const size = header >> 4 === 15 ? Number(takeVarint(cursor)) : header >> 4;
  if (size > cursor.bytes.length - cursor.at) throw new NotReadableSo('its footer is torn');
  const items: Compact[] = [];
  for (let i = 0; i < size; i++) items.push(readValue(cursor, header & 15, depth + 1, false));
  return items;
}

function takeZigzag(cursor: Cursor): bigint {
  const value = takeVarint(cursor);
  return (value >> 1n) ^ -(value & 1n);
}

function takeVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = takeByte(cursor);
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
  throw new NotReadableSo('its footer has a number that is too long');
}

function takeByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++];
  if (byte === undefined) throw new NotReadableSo('its footer is torn');
  return byte;
}

function take(cursor: Cursor, length: number): Buffer {
  if (length > cursor.bytes.length - cursor.at) throw new NotReadableSo('its footer is torn');
  cursor.at += length;
  return cursor.bytes.subarray(cursor.at - length, cursor.at);
}
