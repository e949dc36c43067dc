import {createHash, randomUUID} from 'node:crypto';
import type {Capabilities} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {putWhole} from './put-whole.ts';
import {removeKeys} from './remove-keys.ts';
import {EMPTY_SHA256, type S3Connection} from './s3-connection.ts';

const known = new Map<string, Promise<Capabilities>>();

/** Asked of the server when it first matters, by four small requests under `probe/`, and remembered while the process lives. */
export function learnCapabilities(connection: S3Connection): Promise<Capabilities> {
  const where = `${connection.address.href}${connection.place.prefix}`;
  const before = known.get(where);
  if (before !== undefined) return before;
  const learning = probe(connection);
  known.set(where, learning);
  // Not an answer, so not remembered.
  learning.catch(() => known.delete(where));
  return learning;
}

async function probe(connection: S3Connection): Promise<Capabilities> {
  const key = `${connection.place.prefix}probe/${randomUUID()}`;
  await putText(connection, key, 'first');
  try {
    const second = await putText(connection, key, 'second');
    return {
      conditionalPut: second === 'present',
      checksPayload: await refusesWrongPayload(connection, `${key}.sha256`),
    };
  } finally {
    await removeIfAllowed(connection, [key, `${key}.sha256`]);
  }
}

/** Who may only add must not fail because of our few bytes. */
async function removeIfAllowed(connection: S3Connection, keys: readonly string[]): Promise<void> {
  try {
    await removeKeys(connection, keys);
  } catch (error) {
    if (!(error instanceof BucketError) || error.code !== 'denied') throw error;
  }
}

function putText(connection: S3Connection, key: string, text: string): Promise<'written' | 'present'> {
  const content = Buffer.from(text);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const md5 = createHash('md5').update(content).digest('base64');
  return putWhole(connection, key, {length: content.length, sha256, md5, content}, true);
}

/** Announces the SHA-256 of nothing for something. */
async function refusesWrongPayload(connection: S3Connection, key: string): Promise<boolean> {
  const body = Buffer.from('x');
  const headers = {'content-length': '1'};
  const expected = [200, 400, 403];
  const answer = await connection.ask({method: 'PUT', key, headers, body, sha256: EMPTY_SHA256, expected});
  answer.discard();
  return answer.status !== 200;
}
