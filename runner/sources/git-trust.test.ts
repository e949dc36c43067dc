import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import type {UserVariables} from './fetch-context.ts';
import {gitTrust} from './git-trust.ts';

/** A user's home, and a folder with what four of them believe. */
function world() {
  const scratch = temporaryDirectory();
  const home = temporaryDirectory();
  const file = (name: string) => join(scratch, name);
  for (const name of ['git', 'openssl', 'node', 'setting'])
    writeFileSync(file(name), `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`);
  const trust = (given: UserVariables, address = 'https://h.example/r') => {
    const variables = {PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1', ...given};
    return gitTrust(address, {scratch, owner: 'me-1', variables});
  };
  return {scratch, home, file, trust};
}
const names = (authorities: readonly string[]) => authorities.map((text) => text.split('\n')[1]);

describe('whose certificates git takes', () => {
  it('is as the user says, in whichever way', async () => {
    const {file, trust} = world();
    expect(await trust({})).toEqual({authorities: [], variables: {}});
    for (const [variables, said] of [
      [{GIT_SSL_CAINFO: file('git')}, 'git'],
      [{SSL_CERT_FILE: file('openssl')}, 'openssl'],
      [{GIT_SSL_CAINFO: file('git'), SSL_CERT_FILE: file('openssl')}, 'git'],
    ] as const) {
      const {authorities, variables: told} = await trust(variables);
      expect([names(authorities), told.GIT_SSL_CAINFO]).toEqual([[said], file(said)]);
    }
  });

  it('has Node’s beside the usual ones, for git too', async () => {
    const {file, trust} = world();
    const {authorities, variables} = await trust({NODE_EXTRA_CA_CERTS: file('node')});
    expect(names(authorities)).toEqual(['node']);
    const bundle = readFileSync(variables.GIT_SSL_CAINFO ?? '', 'utf8');
    expect(bundle).toContain('\nnode\n');
    expect(bundle.split('BEGIN CERTIFICATE').length).toBeGreaterThan(100);
  });

  it('is by the user’s settings of git for this address, and by no repository’s', async () => {
    const {file, home, scratch, trust} = world();
    writeFileSync(join(home, '.gitconfig'), `[http "https://h.example"]\nsslCAInfo = ${file('setting')}\n`);
    expect(names((await trust({})).authorities)).toEqual(['setting']);
    expect(names((await trust({}, 'https://other.example/r')).authorities)).toEqual([]);
    execFileSync('git', ['init', '--quiet', scratch]);
    writeFileSync(join(scratch, '.git', 'config'), `[http]\nsslCAInfo = ${file('git')}\nsslVerify = false\n`);
    expect(names((await trust({}, 'https://other.example/r')).authorities)).toEqual([]);
  });

  it('is said where it can’t be read', async () => {
    await expect(world().trust({SSL_CERT_FILE: '/nowhere.pem'})).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('/nowhere.pem, the certificates that'),
    });
  });
});
