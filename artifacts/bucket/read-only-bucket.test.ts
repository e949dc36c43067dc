import {describe, expect, it} from 'vitest';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {describeReadableBucket, keysOf} from '../testing/describe-bucket.ts';
import {readOnly} from './read-only-bucket.ts';

describeReadableBucket('a bucket behind a door for readers', async () => {
  const writable = new MemoryBucket();
  return {writable, readable: readOnly(writable)};
});

describe('a door for readers', () => {
  it('shows the listing where there is one, and nothing that writes', async () => {
    const bucket = new MemoryBucket();
    await bucket.put('a/b', Buffer.from('x'), {ifAbsent: false});
    const reader = readOnly(bucket);
    expect(Object.keys(reader).sort()).toEqual(['close', 'get', 'list', 'name', 'size']);
    if (!('list' in reader)) throw new Error('a bucket in memory can be listed');
    expect(await keysOf(reader, 'a/')).toEqual(['a/b']);
    const {list: _, ...unlisted} = reader;
    expect(Object.keys(readOnly(unlisted)).sort()).toEqual(['close', 'get', 'name', 'size']);
  });
});
