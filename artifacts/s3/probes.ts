import {createHash} from 'node:crypto';
import {crc32} from 'node:zlib';
import {exchange} from '../web/exchange.ts';
import {HttpClient} from '../web/http-client.ts';
import {listBucketKeys} from './list-keys.ts';
import {type Attempt, type ProbeAnswer, type ProbeName, tryGet, tryPut} from './probe-attempt.ts';
import {PART_PROBES} from './probe-parts.ts';
import {removeKeys} from './remove-keys.ts';
import {EMPTY_SHA256} from './s3-connection.ts';

/** In the order in which they are made: later ones use what earlier ones put there. */
export const PROBES: readonly (readonly [
  name: ProbeName,
  run: (attempt: Attempt) => Promise<ProbeAnswer>,
])[] = [
  ['write and read', writeAndRead],
  ['missing keys', missingKeys],
  ['ranges', ranges],
  ['conditional put', conditionalPut],
  ['race', race],
  ['wrong MD5', wrongMd5],
  ['wrong SHA-256', wrongSha256],
  ['list after put', listAfterPut],
  ['paging', paging],
  ...PART_PROBES,
  ['chunk framing', chunkFraming],
  ['anonymous reading', anonymousReading],
  ['clock', clock],
  ['removal', removal],
];

const DIGITS = Buffer.from('0123456789');

async function writeAndRead(attempt: Attempt): Promise<ProbeAnswer> {
  // Asked the strict way: whoever may not write, or has no bucket, is told so in the words for that.
  const {connection, prefix} = attempt;
  const sha256 = createHash('sha256').update(DIGITS).digest('hex');
  const headers = {'content-length': String(DIGITS.length)};
  const request = {
    method: 'PUT',
    key: `${prefix}digits`,
    headers,
    body: DIGITS,
    sha256,
    expected: [200],
  } as const;
  (await connection.ask(request)).discard();
  const {status, bytes} = await tryGet(attempt, 'digits');
  return {
    does: status === 200 && bytes.equals(DIGITS),
    seen: `${bytes.length} of ${DIGITS.length} bytes came back`,
  };
}

async function missingKeys(attempt: Attempt): Promise<ProbeAnswer> {
  const {status} = await tryGet(attempt, 'missing');
  return {does: status === 404 || status === 403, seen: String(status)};
}

async function ranges(attempt: Attempt): Promise<ProbeAnswer> {
  const {status, bytes} = await tryGet(attempt, 'digits', {range: 'bytes=4-6'});
  return {does: status === 206 && bytes.toString() === '456', seen: `${status}, ${bytes.length} bytes`};
}

const IF_ABSENT = {headers: {'if-none-match': '*'}};

async function conditionalPut(attempt: Attempt): Promise<ProbeAnswer> {
  const first = await tryPut(attempt, 'once', Buffer.from('first'), IF_ABSENT);
  const second = await tryPut(attempt, 'once', Buffer.from('second'), IF_ABSENT);
  const {bytes} = await tryGet(attempt, 'once');
  const kept = bytes.toString() === 'first';
  return {
    does: first === 200 && second === 412 && kept,
    seen: kept ? String(second) : `${second}, overwritten`,
  };
}

const RACERS = 16;

async function race(attempt: Attempt): Promise<ProbeAnswer> {
  const racers = Array.from({length: RACERS}, (_, n) =>
    tryPut(attempt, 'race', Buffer.from(`racer ${n}`), IF_ABSENT),
  );
  const statuses = await Promise.all(racers);
  const winners = statuses.flatMap((status, n) => (status === 200 ? [n] : []));
  const {bytes} = await tryGet(attempt, 'race');
  const stands = winners.length === 1 && bytes.toString() === `racer ${winners[0]}`;
  return {does: stands, seen: `${winners.length} of ${RACERS} won`};
}

async function wrongMd5(attempt: Attempt): Promise<ProbeAnswer> {
  const headers = {'content-md5': createHash('md5').update('other bytes').digest('base64')};
  const status = await tryPut(attempt, 'wrong-md5', DIGITS, {headers});
  return {does: status === 400, seen: String(status)};
}

async function wrongSha256(attempt: Attempt): Promise<ProbeAnswer> {
  const status = await tryPut(attempt, 'wrong-sha256', DIGITS, {sha256: EMPTY_SHA256});
  return {does: status === 400 || status === 403, seen: String(status)};
}

async function listAfterPut(attempt: Attempt): Promise<ProbeAnswer> {
  await tryPut(attempt, 'list/new', DIGITS);
  const listed = await below(attempt, 'list/');
  return {does: listed.includes('list/new'), seen: `${listed.length} of 1 listed`};
}

async function paging(attempt: Attempt): Promise<ProbeAnswer> {
  const names = ['page/1', 'page/2', 'page/3', 'page/4'];
  for (const name of names) await tryPut(attempt, name, DIGITS);
  const after = await below(attempt, 'page/', 'page/2');
  return {does: after.join() === names.slice(2).join(), seen: `${after.length} of 2 after the second`};
}

async function below(
  {connection, prefix}: Attempt,
  folder: string,
  after?: string,
): Promise<readonly string[]> {
  const base = prefix.slice(connection.place.prefix.length);
  const names: string[] = [];
  for await (const {key} of listBucketKeys(connection, base + folder, after && base + after))
    names.push(key.slice(base.length));
  return names;
}

/** What newer SDKs send where they can't know the length: pieces, each with its length before it. We never do. */
async function chunkFraming(attempt: Attempt): Promise<ProbeAnswer> {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(DIGITS));
  const framed = Buffer.from(
    `a\r\n${DIGITS}\r\n0\r\nx-amz-checksum-crc32:${checksum.toString('base64')}\r\n\r\n`,
  );
  const headers = {
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(DIGITS.length),
    'x-amz-trailer': 'x-amz-checksum-crc32',
  };
  const status = await tryPut(attempt, 'framed', framed, {
    headers,
    sha256: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  });
  if (status !== 200) return {does: true, seen: `${status}, refused`};
  const {bytes} = await tryGet(attempt, 'framed');
  const same = bytes.equals(DIGITS);
  return {does: same, seen: same ? 'understood' : `${bytes.length} bytes stored for ${DIGITS.length}`};
}

async function anonymousReading({connection, prefix}: Attempt): Promise<ProbeAnswer> {
  const client = new HttpClient({idleMs: connection.surroundings.idleMs});
  try {
    const url = new URL(`${connection.address.pathname}${prefix}digits`, connection.address);
    const answer = await exchange(client, {method: 'GET', url, headers: {}});
    answer.discard();
    return {does: answer.status === 200, seen: String(answer.status)};
  } finally {
    client.close();
  }
}

/** S3 refuses signatures that are more than fifteen minutes old. */
const MOST_SKEW_S = 300;

async function clock(attempt: Attempt): Promise<ProbeAnswer> {
  const {headers} = await tryGet(attempt, 'digits');
  const server = Date.parse(headers.date ?? '');
  if (Number.isNaN(server)) return {does: undefined, seen: 'the server tells no time'};
  const seconds = Math.round((server - attempt.connection.surroundings.now()) / 1000);
  return {does: Math.abs(seconds) < MOST_SKEW_S, seen: `${Math.abs(seconds)} s apart`};
}

async function removal(attempt: Attempt): Promise<ProbeAnswer> {
  const {connection, prefix} = attempt;
  await removeKeys(connection, [`${prefix}digits`, `${prefix}never-was`]);
  const {status} = await tryGet(attempt, 'digits');
  return {does: status === 404 || status === 403, seen: String(status)};
}
