import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {BucketError, type BucketErrorCode} from '../../artifacts/bucket/bucket-error.ts';
import {FetchError, type FetchErrorCode} from './fetch-error.ts';
import type {Origin} from './origin.ts';

/** An object of a bucket. A bucket tells nothing of versions: what was kept of another one, the SHA-256 finds out. */
export function bucketOrigin(bucket: ReadableBucket, key: string): Origin {
  const name = `${bucket.name.replace(/\/$/, '')}/${key}`;
  return {
    name,
    async open(from) {
      const reading = await inWords(() => bucket.get(key, from === 0 ? undefined : {from}));
      if (reading === undefined) {
        throw new FetchError('not-there', `${name}: there is nothing, or nothing that may be read`, {
          help: 'check the key, and that your credentials may read it: servers do not tell the two apart',
        });
      }
      return {start: from, size: reading.size, hint: '', chunks: chunksInWords(reading.chunks)};
    },
  };
}

export async function inWords<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw bucketTrouble(error);
  }
}

async function* chunksInWords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw bucketTrouble(error);
  }
}

function bucketTrouble(error: unknown): unknown {
  if (!(error instanceof BucketError)) return error;
  const {message, retryable, retryAfterMs} = error;
  const code = retryable ? 'unreachable' : CODES[error.code];
  return new FetchError(code, message, {cause: error, ...(retryAfterMs !== undefined && {retryAfterMs})});
}

/** `refused` where the bucket has tried often enough itself: not again by a layer above. */
const CODES: Readonly<Record<BucketErrorCode, FetchErrorCode>> = {
  denied: 'denied',
  'no-bucket': 'not-there',
  busy: 'refused',
  damaged: 'refused',
  truncated: 'refused',
  unreachable: 'refused',
  refused: 'refused',
  'bad-file': 'malformed',
};
