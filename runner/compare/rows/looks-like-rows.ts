import {extname} from 'node:path';
import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {parseRow, rowsOf} from './row-index.ts';

const EXTENSIONS: ReadonlySet<string> = new Set(['.jsonl', '.ndjson']);

/** Its name says so, or each of its first two lines is a JSON object of its own. */
export function looksLikeRows(file: ByteFile, name: string): boolean {
  if (EXTENSIONS.has(extname(name))) return true;
  let seen = 0;
  try {
    for (const {bytes, number} of rowsOf(file)) {
      parseRow(bytes, number);
      if (++seen === 2) return true;
    }
  } catch (error) {
    if (!(error instanceof NotReadableSo)) throw error;
  }
  return false;
}
