import {closeSync, fstatSync, readSync} from 'node:fs';
import type {ByteRange, Reading} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {clip} from '../bucket/byte-range.ts';
import {openRegularFile} from '../files/open-regular-file.ts';

/** Opened only when somebody reads: a reading that nobody takes up holds no descriptor. */
export function readFileOf(path: string, size: number, range: ByteRange | undefined): Reading {
  const {from, to} = clip(range, size);
  return {size, chunks: chunksOf(path, size, from, to)};
}

async function* chunksOf(path: string, size: number, from: number, to: number): AsyncGenerator<Uint8Array> {
  const descriptor = open(path, size);
  try {
    for (let at = from; at < to; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, to - at));
      const read = readSync(descriptor, chunk, 0, chunk.length, at);
      if (read === 0) throw new BucketError('truncated', `${path} ends at byte ${at}, before ${to}`);
      yield chunk.subarray(0, read);
      at += read;
    }
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string, size: number): number {
  const opened = openRegularFile(path);
  if (!opened.ok) throw new BucketError('truncated', `${path}: ${opened.error.code}, since it was looked at`);
  const {descriptor} = opened.value;
  if (fstatSync(descriptor).size === size) return descriptor;
  closeSync(descriptor);
  throw new BucketError('truncated', `${path}: was replaced since it was looked at`);
}

const CHUNK = 2 ** 20;
