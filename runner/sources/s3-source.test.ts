import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {openBucket} from '../../artifacts/open/open-bucket.ts';
import {drawnBytes} from '../../artifacts/testing/drawn-bytes.ts';
import {SERVERS} from '../../artifacts/testing/s3-server-state.ts';
import {type S3Server, s3Server} from '../../artifacts/testing/s3-servers.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import {fetchRig} from './testing/fetch-rig.ts';

const BYTES = drawnBytes(2 ** 20);

for (const kind of SERVERS) {
  const server = s3Server(kind);

  describe(`a source in a bucket of ${kind}`, () => {
    const check = (what: string, test: (at: S3Server) => Promise<void>) => {
      it(what, async (context) => {
        const at = await server;
        if ('absent' in at) return context.skip(`NOT TESTED: ${at.absent}`);
        await test(at);
      });
    };

    check('is an object, or all that is under a prefix', async (at) => {
      const place = await at.makePlace();
      const bucket = await openBucket(place);
      const small = Array.from({length: 30}, (_, n) => [`data/part/${n}`, Buffer.from(`part ${n}`)] as const);
      for (const [key, bytes] of [['data/large', BYTES] as const, ...small, ['other', BYTES] as const]) {
        await bucket.put(key, bytes, {ifAbsent: false});
      }
      await bucket.close();
      const rig = await fetchRig();
      const name = place.url.replace(/\/$/, '');
      const options = {placeOf: (url: string) => ({...place, url})};
      const blob = await rig.fetch({from: 's3', url: `${name}/data/large`}, {type: 'blob', options});
      expect(blob.artifact).toEqual({type: 'blob', digest: digestOfBytes(BYTES), size: BYTES.length});
      const tree = await rig.fetch({from: 's3', url: `${name}/data/`}, {options});
      const {entries} = await readManifest(rig.store.artifacts, tree.artifact.digest);
      expect(entries.map(({path}) => path)).toEqual(['large', ...small.map(([key]) => key.slice(5)).sort()]);
      expect(rig.kept()).toEqual([]);
      const pinned = {pin: blob.artifact.digest, type: 'blob', options} as const;
      expect(await rig.outcome({from: 's3', url: `${name}/data/part/3`}, pinned)).toContain(
        `gave ${digestOfBytes('part 3')}, and its pin says ${blob.artifact.digest}`,
      );
    });

    check('that may not be read is said so', async (at) => {
      const place = {...(await at.makePlace()), credentials: at.otherCredentials};
      const rig = await fetchRig();
      const options = {placeOf: (url: string) => ({...place, url})};
      const location = {from: 's3', url: `${place.url}secret`} as const;
      expect(await rig.outcome(location, {type: 'blob', options})).toMatch(
        /nothing that may be read\nhelp: check the key, and that your credentials may read it/,
      );
    });
  });
}
