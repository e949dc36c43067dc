import type {BytesComparison} from '../../../schemas/comparison.ts';
import type {ByteFile} from '../byte-file.ts';

const CHUNK = 2 ** 20;

/** Where two files part. `why`: what they look like and could not be read as. */
export function compareBytes(a: ByteFile, b: ByteFile, why?: string): BytesComparison {
  return {kind: 'bytes', sizes: [a.size, b.size], firstOffset: firstOffset(a, b), why};
}

function firstOffset(a: ByteFile, b: ByteFile): number {
  const [x, y] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
  const end = Math.min(a.size, b.size);
  for (let at = 0; at < end; at += CHUNK) {
    const [left, right] = [x.subarray(0, a.readInto(x, at)), y.subarray(0, b.readInto(y, at))];
    if (left.equals(right)) continue;
    const index = left.findIndex((byte, i) => byte !== right[i]);
    return at + (index < 0 ? left.length : index);
  }
  return end;
}
