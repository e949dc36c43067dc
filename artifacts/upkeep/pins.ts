import {mkdirSync} from 'node:fs';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {ReadableBucket} from '../bucket/bucket.ts';
import {storeNamesIn} from '../files/folder-names.ts';
import {replaceFile} from '../files/replace-file.ts';
import {readSmallFile} from '../files/small-file.ts';
import type {StoreLayout} from '../layout.ts';
import {asStore} from '../remote/bucket-trouble.ts';
import {writable} from '../remote/remote-artifacts.ts';
import {StoreError} from '../store-error.ts';

/** What a person said must be kept, whatever else goes: an artifact, or a run with all that it names. */
export interface Pin {
  readonly pin: 1;
  readonly keep: Digest;
  /** In the words of who pinned it. */
  readonly note: string;
}

function pinKey(digest: Digest): string {
  return `pins/v1/${hexOf(digest)}.json`;
}

export function pinInBucket(bucket: ReadableBucket, pin: Pin): Promise<unknown> {
  const key = pinKey(pin.keep);
  return asStore(key, () => writable(bucket, key).put(key, encode(pin), {ifAbsent: false}));
}

export function pinOnDisk({pins}: StoreLayout, pin: Pin): void {
  mkdirSync(pins, {recursive: true});
  replaceFile(`${pins}/${hexOf(pin.keep)}.json`, encode(pin));
}

/** As texts: whatever is in the folder of pins keeps what it names, however it got there. */
export function pinsOnDisk({pins}: StoreLayout): readonly string[] {
  return textsIn(pins);
}

export function textsIn(folder: string): readonly string[] {
  return storeNamesIn(folder, 'absent').map((name) => readPin(`${folder}/${name}`));
}

/** What it keeps would be taken for garbage if it were passed over. */
function readPin(file: string): string {
  const read = readSmallFile(file);
  if (read.ok) return read.value.toString('utf8');
  throw new StoreError(
    'occupied',
    file,
    `${file}: ${read.error.why}; what it keeps can’t be known: move it away`,
  );
}

function encode(pin: Pin): Buffer {
  return Buffer.from(canonicalJson(pin));
}
