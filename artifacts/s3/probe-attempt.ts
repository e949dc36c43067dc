import {createHash} from 'node:crypto';
import type {HttpAnswer} from '../web/exchange.ts';
import type {S3Connection} from './s3-connection.ts';

export type ProbeName =
  | 'write and read'
  | 'missing keys'
  | 'ranges'
  | 'conditional put'
  | 'race'
  | 'wrong MD5'
  | 'wrong SHA-256'
  | 'list after put'
  | 'paging'
  | 'parts'
  | 'giving up parts'
  | 'conditional parts'
  | 'chunk framing'
  | 'anonymous reading'
  | 'clock'
  | 'removal';

export interface Attempt {
  readonly connection: S3Connection;
  /** Of its keys. */
  readonly prefix: string;
}

export interface ProbeAnswer {
  readonly does: boolean | undefined;
  readonly seen: string;
}

/** Everything that a server may say, since what it says is the question. */
const ANY = [200, 201, 204, 206, 400, 403, 404, 405, 409, 411, 412, 416, 500, 501];

export interface TryPut {
  readonly sha256?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Puts bytes as told, rightly or wrongly; the status. */
export async function tryPut(
  {connection, prefix}: Attempt,
  name: string,
  bytes: Uint8Array,
  told: TryPut = {},
) {
  const answer = await connection.ask({
    method: 'PUT',
    key: `${prefix}${name}`,
    headers: {'content-length': String(bytes.length), ...told.headers},
    body: bytes,
    sha256: told.sha256 ?? createHash('sha256').update(bytes).digest('hex'),
    expected: ANY,
  });
  answer.discard();
  return answer.status;
}

export async function tryGet(
  {connection, prefix}: Attempt,
  name: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{readonly status: number; readonly bytes: Buffer; readonly headers: HttpAnswer['headers']}> {
  const answer = await connection.ask({method: 'GET', key: `${prefix}${name}`, headers, expected: ANY});
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.chunks()) chunks.push(chunk);
  return {status: answer.status, bytes: Buffer.concat(chunks), headers: answer.headers};
}
