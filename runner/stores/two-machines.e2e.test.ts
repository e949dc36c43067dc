import {beforeAll, describe, expect, it} from 'vitest';
import {type S3Server, s3Server} from '../../artifacts/testing/s3-servers.ts';
import {eventsOf, statesOf} from '../testing/events.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const PIPELINE = {
  a: shell('echo hello > outputs/out; head -c 300000 /dev/zero >> outputs/out'),
  b: shell('wc -c inputs/x > outputs/out', {inputs: {x: from('a.out')}}),
};

/** Two machines of one lab: nothing in common but the bucket. */
async function machines(server: S3Server): Promise<readonly [Rig, Rig, string]> {
  const bucket = await server.makeBucket();
  const {endpoint, credentials} = server;
  const variables = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  return [await openRig({variables}), await openRig({variables}), `s3://${bucket}/repro`];
}

describe.each(['ceph', 'seaweedfs'] as const)('two machines that share a bucket of %s', (kind) => {
  let server: Awaited<ReturnType<typeof s3Server>>;
  beforeAll(async () => {
    server = await s3Server(kind);
  });

  it('compute a stage once: what one made the other has, with the same digests', async (context) => {
    if ('absent' in server) return context.skip(`NOT TESTED: ${server.absent}`);
    const [one, two, store] = await machines(server);
    await using a = one;
    await using b = two;
    for (const rig of [a, b]) rig.pipeline(PIPELINE);
    const first = await a.run('--store', store);
    expect(statesOf(first)).toEqual({a: 'executed', b: 'executed'});
    expect(eventsOf(first, 'results-shared')).toMatchObject([{store, uploaded: 2, present: 0, failed: []}]);
    const second = await b.run('--store', store);
    expect(statesOf(second)).toEqual({a: 'cached', b: 'cached'});
    const outputs = (ended: typeof first) =>
      eventsOf(ended, 'stage-finished').map(({stage, key, outputs}) => ({stage, key, outputs}));
    expect(outputs(second)).toEqual(outputs(first));
    expect((await b.run('--store', store)).code).toBe(0);

    // What a new stage needs comes from the bucket, and what it makes goes there.
    b.pipeline({...PIPELINE, c: shell('cat inputs/x > outputs/out', {inputs: {x: from('b.out')}})});
    expect(statesOf(await b.run('--store', store))).toEqual({a: 'cached', b: 'cached', c: 'executed'});
    a.pipeline({...PIPELINE, c: shell('cat inputs/x > outputs/out', {inputs: {x: from('b.out')}})});
    expect(statesOf(await a.run('--store', store))).toEqual({a: 'cached', b: 'cached', c: 'cached'});
  });

  it('find out when they made different bits of the same stage', async (context) => {
    if ('absent' in server) return context.skip(`NOT TESTED: ${server.absent}`);
    const [one, two, store] = await machines(server);
    await using a = one;
    await using b = two;
    for (const rig of [a, b]) rig.pipeline({a: shell('date +%N > outputs/out')});
    expect((await a.run('--store', store)).code).toBe(0);
    // Executed to be compared: it does not look before it computes.
    const other = await b.run('--no-cache', '--store', store);
    expect(other.code).toBe(3);
    expect(eventsOf(other, 'nondeterminism')).toMatchObject([{stage: 'a', differing: ['outputs.out']}]);
  });
});

describe('a bucket that can not be reached', () => {
  it('keeps nobody from working: said once, and what was made is sent later', async () => {
    const variables = {
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
      AWS_REGION: 'x',
      AWS_ACCESS_KEY_ID: 'AK',
      AWS_SECRET_ACCESS_KEY: 'SK',
    };
    await using rig = await openRig({variables});
    rig.pipeline(PIPELINE);
    const ended = await rig.run('--store', 's3://lab/x');
    expect(statesOf(ended)).toEqual({a: 'executed', b: 'executed'});
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatchInlineSnapshot(`
      "warning: s3://lab/x can't be read, the run goes on without it: 127.0.0.1:9: nothing answers there (ECONNREFUSED) (tried 8 times)
      "
    `);
    const failed = [{stage: 'a'}, {stage: 'b'}];
    expect(eventsOf(ended, 'results-shared')).toMatchObject([{uploaded: 0, failed}]);
    expect((await rig.run()).code).toBe(0);
  });
});
