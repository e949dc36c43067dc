import {chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {fileSigner, newKey, ownKeys, privateKeyPath, publicKeyPath} from './key-file.ts';
import {type PublicKey, parsePublicKey} from './public-key.ts';
import {readTrustedKeys, trustedKeysPath, trustKey} from './trusted-keys.ts';

let configuration = '';
beforeEach(() => {
  configuration = mkdtempSync(join(tmpdir(), 'repro-keys-'));
});
afterEach(() => rmSync(configuration, {recursive: true, force: true}));

// RFC 8032, section 7.1, test 1; its id was computed by openssl: pkey -pubin -outform DER | sha256sum.
const TEXT = 'ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';
const AS_SSH = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea';

describe('public keys', () => {
  it('have one id, in whichever form they come', () => {
    expect(keyOf(TEXT).id).toMatchInlineSnapshot(
      `"06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"`,
    );
    expect(keyOf(` ${AS_SSH} ada@example\n`)).toMatchObject({id: keyOf(TEXT).id, text: AS_SSH});
  });

  it.each([
    '',
    'ed25519:',
    'ed25519:AAAA',
    `${TEXT} comment`,
    'ssh-ed25519',
    'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea',
    `${AS_SSH}AAAA`,
    'cert-authority ssh-ed25519 AAAA',
  ])('%j is none', (text) => {
    expect(parsePublicKey(text).ok).toBe(false);
  });
});

describe('a key of one’s own', () => {
  it('is for its owner alone, and never replaced', () => {
    const place = {configuration, name: 'default'};
    const made = newKey(place);
    expect(statSync(privateKeyPath(place)).mode & 0o777).toBe(0o600);
    expect(statSync(join(configuration, 'keys')).mode & 0o777).toBe(0o700);
    expect(readFileSync(publicKeyPath(place), 'utf8')).toBe(made.ok ? `${made.value.text}\n` : '');
    expect(newKey(place)).toMatchObject({ok: false});
    expect(fileSigner(place)).toMatchObject({ok: true, value: {key: made.ok ? made.value : {}}});
    expect(newKey({configuration, name: '../x'})).toMatchObject({ok: false});
  });

  it('is refused while others may read it', () => {
    const place = {configuration, name: 'default'};
    newKey(place);
    for (const mode of [0o640, 0o604, 0o622, 0o610]) {
      chmodSync(privateKeyPath(place), mode);
      const refused = fileSigner(place);
      expect(refused.ok ? '' : refused.error.help).toBe(`chmod 600 ${privateKeyPath(place)}`);
    }
    chmodSync(privateKeyPath(place), 0o400);
    expect(fileSigner(place).ok).toBe(true);
  });

  it('that is missing or no key is said to be', () => {
    expect(fileSigner({configuration, name: 'default'})).toMatchInlineSnapshot(`
      {
        "error": {
          "help": "make one: repro keys new",
          "message": "there is no key "default" to sign with",
        },
        "ok": false,
      }
    `);
    newKey({configuration, name: 'lab'});
    expect(fileSigner({configuration, name: 'default'})).toMatchObject({
      error: {help: 'make one: repro keys new; or choose one with --key: lab'},
    });
    writeFileSync(privateKeyPath({configuration, name: 'broken'}), 'x', {mode: 0o600});
    expect(fileSigner({configuration, name: 'broken'}).ok).toBe(false);
    expect(ownKeys(configuration).map(({name, key}) => [name, key.ok])).toEqual([
      ['broken', false],
      ['lab', true],
    ]);
  });
});

describe('trusted keys', () => {
  it('are one a line; a name stands for one key, a key has one name', () => {
    const other = newKey({configuration, name: 'other'});
    const key = keyOf(TEXT);
    expect(readTrustedKeys(configuration)).toEqual({ok: true, value: []});
    writeFileSync(trustedKeysPath(configuration), `# whom I believe\n\ngrace  ${AS_SSH} grace@navy`);
    expect(trustKey(configuration, {name: 'grace', key})).toEqual({ok: true, value: {state: 'known'}});
    expect(trustKey(configuration, {name: 'ada', key})).toMatchObject({
      value: {state: 'taken', by: {name: 'grace'}},
    });
    if (!other.ok) throw new Error(other.error.message);
    expect(trustKey(configuration, {name: 'grace', key: other.value})).toMatchObject({
      value: {state: 'taken'},
    });
    expect(trustKey(configuration, {name: 'ada', key: other.value})).toEqual({
      ok: true,
      value: {state: 'added'},
    });
    expect(readFileSync(trustedKeysPath(configuration), 'utf8')).toBe(
      `# whom I believe\n\ngrace  ${AS_SSH} grace@navy\nada ${other.value.text}\n`,
    );
    const read = readTrustedKeys(configuration);
    expect(read.ok && read.value.map((one) => [one.name, one.key.id])).toEqual([
      ['grace', key.id],
      ['ada', other.value.id],
    ]);
  });

  it('a line that is none is an error with its place', () => {
    writeFileSync(trustedKeysPath(configuration), `ada ${TEXT}\nssh-rsa AAAA\n`);
    const read = readTrustedKeys(configuration);
    expect(read.ok ? '' : read.error.replace(configuration, '<configuration>')).toMatchInlineSnapshot(
      `"<configuration>/trusted-keys:2: not a public key: expected ed25519:… or a line such as ssh-ed25519 AAAA…"`,
    );
  });
});

function keyOf(text: string): PublicKey {
  const key = parsePublicKey(text);
  if (!key.ok) throw new Error(key.error);
  return key.value;
}
