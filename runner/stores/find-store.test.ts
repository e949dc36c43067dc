import {describe, expect, it} from 'vitest';
import type {FileReader} from '../load/file-reader.ts';
import {addressOfBucket, defaultStore, findStore} from './find-store.ts';

const FILE = '/home/ada/.config/repro/stores.yaml';
const variables = {HOME: '/home/ada'};
const world = {directory: '/project', variables};

const LAB = `default: lab
stores:
  lab: {url: s3://lab-bucket/repro, endpoint: https://s3.lab.example, region: eu, path-style: true, profile: lab}
  archive: {url: s3://archive, access: read-only, public: https://archive.example/repro}
  shelf: {url: ~/shelf}
`;

function reader(text: string | undefined, folders: readonly string[] = []): FileReader {
  return {
    read: (path) => (path === FILE && text !== undefined ? Buffer.from(text) : 'missing'),
    kindOf: (path) =>
      path === FILE && text !== undefined ? 'file' : folders.includes(path) ? 'directory' : 'missing',
    list: () => [],
  };
}

describe('finding a store', () => {
  it('takes a name from the configuration of the user', () => {
    expect(findStore('lab', world, reader(LAB))).toEqual({
      ok: true,
      value: {
        url: 's3://lab-bucket/repro',
        endpoint: 'https://s3.lab.example',
        region: 'eu',
        pathStyle: true,
        profile: 'lab',
        access: 'read-write',
      },
    });
    expect(findStore('shelf', world, reader(LAB))).toMatchObject({value: {url: '/home/ada/shelf'}});
    expect(findStore('archive', world, reader(LAB))).toMatchObject({
      value: {access: 'read-only', public: 'https://archive.example/repro'},
    });
  });

  it('takes URLs and folders; the server of a bucket comes from the environment', () => {
    const aws = {...variables, AWS_ENDPOINT_URL_S3: 'https://minio', AWS_REGION: 'x'};
    expect(findStore('s3://bucket/a/b', {...world, variables: aws}, reader(undefined))).toEqual({
      ok: true,
      value: {url: 's3://bucket/a/b', endpoint: 'https://minio', region: 'x', access: 'read-write'},
    });
    expect(findStore('https://host/x', world, reader(undefined))).toMatchObject({
      value: {access: 'read-only'},
    });
    expect(findStore('./store', world, reader(undefined))).toMatchObject({value: {url: '/project/store'}});
    expect(findStore('store', world, reader(undefined, ['/project/store']))).toMatchObject({
      value: {url: '/project/store'},
    });
  });

  it('reaches a bucket of a pipeline as the user does, and never as the pipeline says', () => {
    expect(addressOfBucket('s3://lab-bucket', world, reader(LAB))).toMatchObject({
      url: 's3://lab-bucket',
      endpoint: 'https://s3.lab.example',
      profile: 'lab',
      access: 'read-only',
    });
    expect(addressOfBucket('s3://other', world, reader(LAB))).toEqual({
      url: 's3://other',
      access: 'read-only',
    });
  });

  it('does not take a misspelt name for a folder to make', () => {
    expect(findStore('lap', world, reader(LAB))).toMatchInlineSnapshot(`
      {
        "error": {
          "code": "unknown-store",
          "help": "did you mean \`lab\`? (a folder is written ./lap, a bucket s3://lap)",
          "message": "no store is called "lap"",
          "severity": "error",
        },
        "ok": false,
      }
    `);
    expect(findStore('lab', world, reader(undefined))).toMatchInlineSnapshot(`
      {
        "error": {
          "code": "unknown-store",
          "help": "/home/ada/.config/repro/stores.yaml names none (a folder is written ./lab, a bucket s3://lab)",
          "message": "no store is called "lab"",
          "severity": "error",
        },
        "ok": false,
      }
    `);
    expect(findStore('s3://UPPER', world, reader(undefined))).toMatchInlineSnapshot(`
      {
        "error": {
          "code": "bad-store",
          "help": "write s3://bucket/prefix, https://host/prefix (to read), a folder such as ./store, or a name from stores.yaml",
          "message": ""s3://UPPER" is not a place for a store",
          "severity": "error",
        },
        "ok": false,
      }
    `);
  });

  it('says where the configuration is wrong', () => {
    const wrong = 'stores:\n  lab: {url: ftp://x, acess: read-only}\n';
    expect(findStore('lab', world, reader(wrong))).toMatchInlineSnapshot(`
      {
        "error": {
          "code": "wrong-shape",
          "help": "expected s3://bucket/prefix, https://host/prefix, or the path of a folder",
          "message": "\`stores.lab.url\` can't be the text "ftp://x"",
          "place": {
            "column": 14,
            "file": "/home/ada/.config/repro/stores.yaml",
            "length": 7,
            "line": 2,
            "text": "  lab: {url: ftp://x, acess: read-only}",
          },
          "severity": "error",
        },
        "ok": false,
      }
    `);
  });

  it('knows what to use when nothing is named', () => {
    expect(defaultStore(world, reader(LAB))).toEqual({ok: true, value: 'lab'});
    expect(defaultStore({...world, variables: {...variables, REPRO_STORE: './x'}}, reader(LAB))).toEqual({
      ok: true,
      value: './x',
    });
    expect(defaultStore(world, reader(undefined))).toEqual({ok: true, value: undefined});
  });
});
