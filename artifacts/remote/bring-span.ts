import {packKey} from '../bucket/bucket-layout.ts';
import {digestOfBytes} from '../hashing.ts';
import {isAboutBytes} from '../store-error.ts';
import {asStore} from './bucket-trouble.ts';
import type {ObjectSupply, Sink} from './object-supply.ts';
import type {PackMember} from './packs.ts';
import {steadyBytes} from './resumed-bytes.ts';
import type {SpanBuffers} from './span-buffers.ts';
import type {PackSpan} from './spans.ts';

/** Gives those that were not to be had this way: the pack is gone, or these bytes in it are wrong. */
export function bringSpan(
  origin: ObjectSupply,
  span: PackSpan,
  sink: Sink,
  buffers: SpanBuffers,
): Promise<readonly PackMember[]> {
  return buffers.use(span.to - span.from, async (bytes) => {
    if (!(await readSpan(origin, span, bytes))) return span.members;
    return deliver(origin, span, bytes, sink);
  });
}

async function deliver(
  {onBytes, signal}: ObjectSupply,
  {members, from}: PackSpan,
  bytes: Buffer,
  sink: Sink,
): Promise<readonly PackMember[]> {
  const wrong: PackMember[] = [];
  for (const member of members) {
    signal?.throwIfAborted();
    const own = bytes.subarray(member.offset - from, member.offset - from + member.size);
    if (digestOfBytes(own) !== member.digest) {
      wrong.push(member);
      continue;
    }
    await sink.take(member.digest, own);
    onBytes?.(member.size);
  }
  return wrong;
}

/** Whether there was such a pack. */
async function readSpan({bucket, signal}: ObjectSupply, span: PackSpan, target: Buffer): Promise<boolean> {
  const {pack, from, to} = span;
  const key = packKey(pack.digest);
  const claim = {digest: pack.digest, key, from, to, most: to - from, objectSize: pack.size};
  try {
    await asStore(pack.digest, async () => {
      let at = 0;
      for await (const chunk of steadyBytes(bucket, claim, signal)) {
        target.set(chunk, at);
        at += chunk.length;
      }
    });
    return true;
  } catch (error) {
    if (isAboutBytes(error)) return false;
    throw error;
  }
}
