import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import type {ServerKind} from '../../../artifacts/testing/s3-server-state.ts';
import {s3Server} from '../../../artifacts/testing/s3-servers.ts';
import {serve} from '../../../artifacts/testing/serve-folder.ts';
import type {World} from '../../opening/world/world.ts';
import {type StoreCheckOptions, storeCheck} from './store-check.ts';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AK');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'SK');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it('a Ceph gateway is usable', async (context) => {
  const text = await checkServer('ceph', (why) => context.skip(why));
  expect(text).toMatchInlineSnapshot(`
    "s3://BUCKET/some/prefix at HOST

      write and read     yes  10 of 10 bytes came back            bytes come back as they were written
      missing keys       yes  404                                 what is not there is said not to be
      ranges             yes  206, 3 bytes                        downloads that break off are resumed
      conditional put    yes  412                                 a second result is noticed, not overwritten
      race               yes  1 of 16 won                         of many writers exactly one is told that it was first
      wrong MD5          yes  400                                 damage on the way up is refused
      wrong SHA-256      yes  400                                 damage on the way up is refused
      list after put     yes  1 of 1 listed                       gc and verify see what was just written
      paging             yes  2 of 2 after the second             long listings go on where they were
      parts              yes  5242887 of 5242887 bytes came back  files of any size
      giving up parts    yes  0 left over                         uploads that fail leave nothing
      conditional parts  no   overwritten                         not relied upon: large objects are named by their digest
      chunk framing      yes  400, refused                        not used by repro
      anonymous reading  no   403                                 readers need credentials, or a bucket policy
      clock              yes  N s apart                           signatures are accepted
      removal            yes  404                                 gc works

    usable: any number of people may write to it at the same time
    "
  `);
});

it('SeaweedFS is usable', async (context) => {
  const text = await checkServer('seaweedfs', (why) => context.skip(why));
  expect(text).toMatchInlineSnapshot(`
    "s3://BUCKET/some/prefix at HOST

      write and read     yes  10 of 10 bytes came back            bytes come back as they were written
      missing keys       yes  404                                 what is not there is said not to be
      ranges             yes  206, 3 bytes                        downloads that break off are resumed
      conditional put    yes  412                                 a second result is noticed, not overwritten
      race               yes  1 of 16 won                         of many writers exactly one is told that it was first
      wrong MD5          yes  400                                 damage on the way up is refused
      wrong SHA-256      no   200                                 only the MD5, which is sent as well, can tell
      list after put     yes  1 of 1 listed                       gc and verify see what was just written
      paging             yes  2 of 2 after the second             long listings go on where they were
      parts              yes  5242887 of 5242887 bytes came back  files of any size
      giving up parts    yes  0 left over                         uploads that fail leave nothing
      conditional parts  yes  refused                             not relied upon
      chunk framing      yes  understood                          not used by repro
      anonymous reading  no   403                                 readers need credentials, or a bucket policy
      clock              yes  N s apart                           signatures are accepted
      removal            yes  404                                 gc works

    usable: any number of people may write to it at the same time
    "
  `);
});

it('a server that ignores what it is told is not usable', async () => {
  const {code, said} = await check({place: 's3://bucket/prefix', endpoint: await forgetfulServer()});
  expect([code, said]).toMatchInlineSnapshot(`
    [
      4,
      "s3://bucket/prefix at HOST

      write and read     yes      10 of 10 bytes came back              bytes come back as they were written
      missing keys       yes      404                                   what is not there is said not to be
      ranges             no       200, 10 bytes                         downloads can’t be resumed, nor files read out of packs
      conditional put    no       200, overwritten                      repro looks first and reads back afterwards
      race               no       16 of 16 won                          writers at the same time are not told of each other
      wrong MD5          no       200                                   not checked by this; see wrong SHA-256
      wrong SHA-256      no       200                                   only the MD5, which is sent as well, can tell
      list after put     no       0 of 1 listed                         gc may remove less than it could
      paging             no       0 of 2 after the second               listings begin at the beginning again
      parts              unknown  HOST: starting an upload in bucket bucket: Unknown: UnknownError  could not be found out
      giving up parts    unknown  HOST: starting an upload in bucket bucket: Unknown: UnknownError  could not be found out
      conditional parts  unknown  HOST: starting an upload in bucket bucket: Unknown: UnknownError  could not be found out
      chunk framing      no       51 bytes stored for 10                not used by repro; newer AWS tools would store wrong bytes here
      anonymous reading  yes      200                                   anybody may read what is published here
      clock              yes      N s apart                             signatures are accepted
      removal            unknown  HOST: removing in bucket bucket: status 404  could not be found out

    not usable (ranges, parts, removal)
    damage on the way up would be found only when it is read
    ",
    ]
  `);
});

it('says why it can’t ask', async () => {
  const places = ['https://example.org/x', '/tmp', 'ftp://x', 's3://X'];
  const said = await Promise.all(places.map(async (place) => (await check({place})).said));
  expect(said.join('\n')).toMatchInlineSnapshot(`
    "error[bucket-refused]: https://example.org/x: there is nothing to find out, a web server can only be read from; give an s3://bucket/prefix

    error[bucket-refused]: tmp: there is nothing to find out, a folder is as good as its disk; give an s3://bucket/prefix

    error[bad-store]: "ftp://x" is not a place for a store
      help: write s3://bucket/prefix, https://host/prefix (to read), a folder such as ./store, or a name from stores.yaml

    error[bad-store]: "s3://X" is not a place for a store
      help: write s3://bucket/prefix, https://host/prefix (to read), a folder such as ./store, or a name from stores.yaml
    "
  `);
  const unreachable = await check({place: 's3://bucket', endpoint: 'http://127.0.0.1:1'});
  expect(unreachable).toMatchInlineSnapshot(`
    {
      "code": 4,
      "said": "error[bucket-unreachable]: HOST: nothing answers there (ECONNREFUSED)
      help: look at the address and the network, then try again
    ",
    }
  `);
});

async function checkServer(kind: ServerKind, skip: (why: string) => void): Promise<string> {
  const server = await s3Server(kind);
  if ('absent' in server) {
    skip(`NOT TESTED: ${server.absent}`);
    return '';
  }
  const bucket = await server.makeBucket();
  const {code, said} = await check({place: `s3://${bucket}/some/prefix`, endpoint: server.endpoint});
  expect(code).toBe(0);
  const json = await check({place: `s3://${bucket}`, endpoint: server.endpoint, json: true});
  expect(JSON.parse(json.said)).toMatchObject({verdict: {usable: 'yes'}, left: []});
  return said.replace(bucket, 'BUCKET');
}

async function check(options: Omit<StoreCheckOptions, 'json'> & {readonly json?: boolean}) {
  const lines: string[] = [];
  const sink = {isTerminal: false, write: (text: string) => void lines.push(text)};
  const world = {
    out: sink,
    err: sink,
    variables: {},
    directory: '/',
    now: () => performance.timeOrigin + performance.now(),
  };
  const code = await storeCheck({json: false, region: 'us-east-1', ...options}, world as unknown as World);
  const said = lines
    .join('')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
    .replaceAll(/\d+ s apart/g, 'N s apart');
  return {code, said};
}

/** Keeps what it is given, whatever conditions and digests it is given with; knows no parts. */
async function forgetfulServer(): Promise<string> {
  const kept = new Map<string, Buffer>();
  return serve(async (request, response) => {
    const {pathname: path, searchParams} = new URL(request.url ?? '/', 'http://x');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = kept.get(path);
    if (searchParams.has('list-type')) response.end('<ListBucketResult></ListBucketResult>');
    else if (searchParams.has('uploads') || searchParams.has('uploadId')) response.writeHead(501).end();
    else if (request.method === 'PUT') {
      kept.set(path, Buffer.concat(chunks));
      response.end();
    } else if (bytes === undefined) response.writeHead(404).end();
    else response.end(bytes);
  });
}
