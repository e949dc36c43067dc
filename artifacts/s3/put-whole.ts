import type {HttpBody} from '../web/exchange.ts';
import type {S3Connection} from './s3-connection.ts';

export interface HashedBytes {
  readonly length: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** In base64. */
  readonly md5: string;
  readonly content: HttpBody;
}

/**
 * One object in one request. The server is told twice what it should have got: by the signed SHA-256, and by the
 * MD5 where it isn't AWS, since some check only the one and some only the other.
 */
export async function putWhole(
  connection: S3Connection,
  key: string,
  {length, sha256, md5, content}: HashedBytes,
  ifAbsent: boolean,
): Promise<'written' | 'present'> {
  const headers = {
    'content-length': String(length),
    'content-type': contentType(key),
    ...(!connection.aws && {'content-md5': md5}),
    ...(ifAbsent && {'if-none-match': '*'}),
  };
  const expected = ifAbsent ? [200, 412] : [200];
  const answer = await connection.ask({method: 'PUT', key, headers, body: content, sha256, expected});
  answer.discard();
  return answer.status === 412 ? 'present' : 'written';
}

/** What a browser should make of it, for who follows a link to a published run. */
function contentType(key: string): string {
  if (key.endsWith('.json')) return 'application/json';
  return key.endsWith('.jsonl') ? 'application/jsonl' : 'application/octet-stream';
}
