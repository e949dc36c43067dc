import {writeFileSync} from 'node:fs';

export interface TensorText {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface WriteOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Bytes after the header's JSON: blanks, as some writers pad. */
  readonly padding?: string;
}

/** A safetensors file as the format says, tensors in the order given. */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorText>>,
  {metadata, padding = ''}: WriteOptions = {},
): void {
  writeFileSync(path, encodeSafetensors(tensors, metadata, padding));
}

function encodeSafetensors(
  tensors: Readonly<Record<string, TensorText>>,
  metadata: Readonly<Record<string, string>> | undefined,
  padding: string,
): Buffer {
  const header: Record<string, unknown> = metadata === undefined ? {} : {__metadata__: metadata};
  let at = 0;
  for (const [name, {dtype, shape, bytes}] of Object.entries(tensors)) {
    header[name] = {dtype, shape, data_offsets: [at, at + bytes.length]};
    at += bytes.length;
  }
  return withHeader(`${JSON.stringify(header)}${padding}`, ...Object.values(tensors).map(({bytes}) => bytes));
}

/** Any header, however wrong. */
export function withHeader(header: string, ...data: readonly Uint8Array[]): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...data]);
}

export function float32(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** The bits of floats of any kind: 32 bits each, or 16 or 8 with another array. */
export function bits32(...words: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(words).buffer);
}

export function bits16(...words: readonly number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(words).buffer);
}
