import {createHash} from 'node:crypto';
import {type Attempt, type ProbeAnswer, type ProbeName, tryGet, tryPut} from './probe-attempt.ts';
import type {S3Connection} from './s3-connection.ts';
import {refusalCode} from './s3-error.ts';

export const PART_PROBES: readonly (readonly [
  name: ProbeName,
  run: (attempt: Attempt) => Promise<ProbeAnswer>,
])[] = [
  ['parts', parts],
  ['giving up parts', givingUp],
  ['conditional parts', conditionalParts],
];

/** The least that S3 takes for a part that isn't the last. */
const PART = Buffer.alloc(5 * 2 ** 20, 'part');
const LAST = Buffer.from('the end');

async function parts(attempt: Attempt): Promise<ProbeAnswer> {
  const id = await begin(attempt, 'parts');
  const first = await send(attempt, 'parts', id, 1, PART);
  const last = await send(attempt, 'parts', id, 2, LAST);
  await complete(attempt, 'parts', id, [first, last]);
  const {bytes} = await tryGet(attempt, 'parts');
  const whole = Buffer.concat([PART, LAST]);
  return {does: bytes.equals(whole), seen: `${bytes.length} of ${whole.length} bytes came back`};
}

async function givingUp(attempt: Attempt): Promise<ProbeAnswer> {
  const id = await begin(attempt, 'given-up');
  await send(attempt, 'given-up', id, 1, LAST);
  await sdk(attempt, 'giving up parts', ({client, commands}, at) =>
    client.send(new commands.AbortMultipartUploadCommand({...at('given-up'), UploadId: id})),
  );
  const {Uploads: left = []} = await sdk(attempt, 'listing uploads', ({client, commands}, at) =>
    client.send(new commands.ListMultipartUploadsCommand({Bucket: at('').Bucket, Prefix: attempt.prefix})),
  );
  const {status} = await tryGet(attempt, 'given-up');
  return {does: left.length === 0 && status !== 200, seen: `${left.length} left over`};
}

/** Never relied upon; said for who wonders. */
async function conditionalParts(attempt: Attempt): Promise<ProbeAnswer> {
  await tryPut(attempt, 'taken', Buffer.from('first'));
  const id = await begin(attempt, 'taken');
  const part = await send(attempt, 'taken', id, 1, LAST);
  try {
    await complete(attempt, 'taken', id, [part], '*');
  } catch (error) {
    const code = refusalCode(error);
    if (code !== 'PreconditionFailed' && code !== 'NotImplemented') throw error;
  }
  const {bytes} = await tryGet(attempt, 'taken');
  const kept = bytes.toString() === 'first';
  return {does: kept, seen: kept ? 'refused' : 'overwritten'};
}

interface Sent {
  readonly PartNumber: number;
  readonly ETag: string;
}

async function begin(attempt: Attempt, name: string): Promise<string> {
  const {UploadId: id = ''} = await sdk(attempt, 'starting an upload', ({client, commands}, at) =>
    client.send(new commands.CreateMultipartUploadCommand(at(name))),
  );
  return id;
}

async function send(
  {connection, prefix}: Attempt,
  name: string,
  id: string,
  n: number,
  body: Buffer,
): Promise<Sent> {
  const answer = await connection.ask({
    method: 'PUT',
    key: `${prefix}${name}`,
    query: {partNumber: String(n), uploadId: id},
    headers: {'content-length': String(body.length)},
    body,
    sha256: createHash('sha256').update(body).digest('hex'),
    expected: [200],
  });
  answer.discard();
  return {PartNumber: n, ETag: answer.headers.etag ?? ''};
}

async function complete(
  attempt: Attempt,
  name: string,
  id: string,
  Parts: readonly Sent[],
  IfNoneMatch?: '*',
) {
  await sdk(attempt, 'completing an upload', ({client, commands}, at) =>
    client.send(
      new commands.CompleteMultipartUploadCommand({
        ...at(name),
        UploadId: id,
        MultipartUpload: {Parts: [...Parts]},
        ...(IfNoneMatch !== undefined && {IfNoneMatch}),
      }),
    ),
  );
}

type Called = Parameters<Parameters<S3Connection['control']>[1]>[0];

function sdk<T>(
  {connection, prefix}: Attempt,
  what: string,
  call: (sdk: Called, at: (name: string) => {Bucket: string; Key: string}) => Promise<T>,
): Promise<T> {
  const {bucket} = connection.place;
  return connection.control(what, (loaded) =>
    call(loaded, (name) => ({Bucket: bucket, Key: `${prefix}${name}`})),
  );
}
