import type {Digest} from '../../schemas/digest.ts';
import {objectKey, packKey} from '../bucket/bucket-layout.ts';
import {LIMITS} from '../path-rules.ts';
import type {PackIndex} from './pack-index.ts';
import type {ExpectedBytes} from './resumed-bytes.ts';

/** Where an object may be, most likely first: in the packs that are known to hold it, and alone. */
export function whereabouts(
  packs: PackIndex,
  digest: Digest,
  limit: number = LIMITS.fileBytes,
): readonly ExpectedBytes[] {
  const packed = packs.find(digest).map(({pack, member}) => ({
    digest,
    key: packKey(pack.digest),
    from: member.offset,
    to: member.offset + member.size,
    most: limit,
    objectSize: pack.size,
  }));
  return [...packed, alone(digest, packs.sizeOf(digest), limit)];
}

function alone(digest: Digest, size: number | undefined, limit: number = LIMITS.fileBytes): ExpectedBytes {
  const most = size === undefined ? limit : Math.min(size, limit);
  return {digest, key: objectKey(digest), from: 0, to: undefined, most, objectSize: size};
}
