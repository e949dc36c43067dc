import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {type Compact, type CompactStruct, readCompactStruct} from './read-compact.ts';

export interface ParquetFooter {
  readonly rows: number;
  readonly createdBy: string;
  /** `name: type`, in order, groups included. */
  readonly schema: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly rowGroups: readonly (readonly ColumnChunk[])[];
}

export interface ColumnChunk {
  readonly name: string;
  readonly codec: string;
  readonly offset: number;
  readonly length: number;
}

const MAGIC = 'PAR1';
const MOST_BYTES = 64 * 2 ** 20;
const TAIL = 8;

export function looksLikeParquet(file: ByteFile): boolean {
  return file.size >= 12 && Buffer.from(file.read(0, 4)).toString('latin1') === MAGIC;
}

/** The end of a parquet file: what it holds and where. Its pages are compressed and not read. */
export function readFooter(file: ByteFile): ParquetFooter {
  const tail = Buffer.from(file.read(file.size - TAIL, TAIL));
  if (tail.subarray(4).toString('latin1') !== MAGIC)
    throw new NotReadableSo('truncated parquet: it has no footer');
  const length = tail.readUInt32LE(0);
  if (length > MOST_BYTES || length > file.size - TAIL - 4)
    throw new NotReadableSo(`parquet whose footer claims ${length} bytes`);
  const fields = readCompactStruct(Buffer.from(file.read(file.size - TAIL - length, length)));
  return {
    rows: numberAt(fields, 3),
    createdBy: textAt(fields, 6),
    schema: structsAt(fields, 2).map((element) => `${textAt(element, 4)}: ${typeText(element)}`),
    metadata: new Map(structsAt(fields, 5).map((pair) => [textAt(pair, 1), textAt(pair, 2)])),
    rowGroups: structsAt(fields, 4).map((group) => structsAt(group, 1).map(chunkOf)),
  };
}

function chunkOf(column: CompactStruct): ColumnChunk {
  const meta = column.get(3);
  if (!(meta instanceof Map)) throw new NotReadableSo('its footer describes a column without metadata');
  const fields: CompactStruct = meta;
  const [data, dictionary] = [numberAt(fields, 9), numberAt(fields, 11)];
  return {
    name: listAt(fields, 3).map(textOf).join('.'),
    codec: CODECS[numberAt(fields, 4)] ?? `codec ${numberAt(fields, 4)}`,
    offset: dictionary > 0 && dictionary < data ? dictionary : data,
    length: numberAt(fields, 7),
  };
}

const CODECS = ['none', 'snappy', 'gzip', 'lzo', 'brotli', 'lz4', 'zstd', 'lz4 raw'];
const TYPES = ['boolean', 'int32', 'int64', 'int96', 'float', 'double', 'byte array', 'fixed bytes'];
const REPETITION = ['required', 'optional', 'repeated'];

function typeText(element: CompactStruct): string {
  const type = element.has(1) ? TYPES[numberAt(element, 1)] : 'group';
  const repetition = element.has(3) ? `${REPETITION[numberAt(element, 3)]} ` : '';
  return `${repetition}${type ?? 'unknown type'}${element.has(6) ? ` (converted ${numberAt(element, 6)})` : ''}`;
}

function numberAt(fields: CompactStruct, id: number): number {
  const value = fields.get(id);
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : 0;
}

function textAt(fields: CompactStruct, id: number): string {
  return textOf(fields.get(id));
}

function textOf(value: Compact | undefined): string {
  return Buffer.isBuffer(value) ? value.toString('utf8') : '';
}

function listAt(fields: CompactStruct, id: number): readonly Compact[] {
  const value = fields.get(id);
  return Array.isArray(value) ? value : [];
}

function structsAt(fields: CompactStruct, id: number): readonly CompactStruct[] {
  return listAt(fields, id).filter((item): item is CompactStruct => item instanceof Map);
}
