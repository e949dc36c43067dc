import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it, test} from 'vitest';
import {openStore} from '../../artifacts/open/open-store.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {checkOutProject} from './check-out.ts';
import {bringFetched} from './fetched-project.ts';
import {isProjectAddress, parseProjectAddress} from './project-address.ts';
import {strangerDigest} from './project-content.ts';

const COMMIT = 'c'.repeat(40);
const HEX = 'a'.repeat(64);

describe('a guest', () => {
  test.for([
    `https://host/bucket/publications/v1/${HEX}`,
    `s3://bucket/publications/v1/${HEX}`,
    `./out/publications/v1/${HEX}`,
    `/out/names/v1/${HEX}/polaris`,
    `git+https://host/repository.git@${COMMIT}:pipelines/p.yaml`,
    `https://host/x/p.yaml#sha256=${HEX}`,
  ])('is named to the byte by %s', (text) => {
    expect(isProjectAddress(text)).toBe(true);
    expect(parseProjectAddress(text)).toMatchObject({ok: true});
  });

  test.for([
    'https://host/p.yaml',
    `https://host/p.yaml#sha256=${HEX.slice(1)}`,
    `https://user@host/p.yaml#sha256=${HEX}`,
    `http://host/p.yaml#sha256=${HEX}`,
    `https://host/p.sh#sha256=${HEX}`,
    'git+https://host/r@main:p.yaml',
    `git+https://user:pass@host/r@${COMMIT}:p.yaml`,
    `git+ssh://host/r@${COMMIT}:p.yaml`,
    `git+file:///r@${COMMIT}:p.yaml`,
    `git+https://host/r@${COMMIT}`,
    's3://bucket/p.yaml',
  ])('is not named by %s', (text) => {
    expect(isProjectAddress(text)).toBe(true);
    expect(parseProjectAddress(text)).toMatchObject({ok: false});
  });

  test.for(['p.yaml', './p.yaml', '/home/ada/p.yaml', 'publications/p.yaml'])(
    'is not %s, a file of one’s own',
    (text) => {
      expect(isProjectAddress(text)).toBe(false);
    },
  );

  it('comes out of a repository at a commit', async () => {
    const home = temporaryDirectory();
    const {url, commit} = aRepository(home);
    const store = await openStore({directory: join(home, 'store'), owner: 'boot.1.1'});
    const scratch = join(home, 'store/scratch');
    mkdirSync(scratch);
    const options = {
      store: store.artifacts,
      scratch,
      owner: 'boot.1.1',
      isAlive: () => true,
      now: () => 0,
      variables: {PATH: process.env.PATH},
      signal: new AbortController().signal,
      gitProtocols: ['file'],
    };
    const place = {from: 'git', url, commit, file: 'pipelines/p.yaml'} as const;
    const fetched = await bringFetched(place, options);
    if (!fetched.ok) throw new Error(fetched.error);
    const folder = {directory: join(home, 'guests'), store: store.artifacts, owner: 'boot.1.1'};
    const {project, stages} = await checkOutProject(fetched.value, folder);
    expect(stages).toBeUndefined();
    expect(readFileSync(join(project, 'pipelines/p.yaml'), 'utf8')).toBe('repro: 1\n');
    expect(project).toBe(join(home, 'guests', strangerDigest(fetched.value).slice(7), 'project'));
    expect(await bringFetched({...place, file: 'q.yaml'}, options)).toEqual({
      ok: false,
      error: 'there is no file q.yaml in it',
    });
    await store.close();
  });
});

function aRepository(home: string): {readonly url: string; readonly commit: string} {
  const folder = join(home, 'repository');
  mkdirSync(join(folder, 'pipelines'), {recursive: true});
  writeFileSync(join(folder, 'pipelines/p.yaml'), 'repro: 1\n');
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
      encoding: 'utf8',
    });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'x');
  return {url: `file://${folder}`, commit: git('rev-parse', 'HEAD').trim()};
}
