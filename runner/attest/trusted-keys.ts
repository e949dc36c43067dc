import {randomBytes} from 'node:crypto';
import {closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {readSmallFile} from '../../artifacts/files/small-file.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {type PublicKey, parsePublicKey} from './public-key.ts';
import type {TrustedKey} from './signer.ts';

/**
 * Whom this user believes: `trusted-keys` in the user's configuration, one key a line, its name first, like SSH's
 * allowed_signers. Nothing but the user adds to it.
 *
 *     ada ed25519:tdOr…
 *     grace ssh-ed25519 AAAAC3… grace@navy
 */
export function trustedKeysPath(configuration: string): string {
  return join(configuration, 'trusted-keys');
}

const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;

export function isKeyName(name: string): boolean {
  return KEY_NAME.test(name);
}

/** A line that can't be read is an error: skipping it could hide why a signature is not believed. */
export function readTrustedKeys(configuration: string): Result<readonly TrustedKey[], string> {
  const keys: TrustedKey[] = [];
  for (const [i, line] of linesOf(configuration).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line.trim());
    if (!parsed.ok) return err(`${trustedKeysPath(configuration)}:${i + 1}: ${parsed.error}`);
    keys.push(parsed.value);
  }
  return ok(keys);
}

function parseLine(line: string): Result<TrustedKey, string> {
  const [name = '', ...rest] = line.split(/\s+/);
  if (!isKeyName(name)) return err('a line begins with a name for the key');
  const key = parsePublicKey(rest.join(' '));
  return key.ok ? ok({name, key: key.value}) : key;
}

export type TrustKey =
  | {readonly state: 'added' | 'known'}
  | {readonly state: 'taken'; readonly by: TrustedKey};

/** Adds a key. A name stands for one key: another one under it would be believed as the first. */
export function trustKey(configuration: string, {name, key}: TrustedKey): Result<TrustKey, string> {
  const trusted = readTrustedKeys(configuration);
  if (!trusted.ok) return trusted;
  const same = trusted.value.find((one) => one.key.id === key.id);
  if (same !== undefined) return ok(same.name === name ? {state: 'known'} : {state: 'taken', by: same});
  const by = trusted.value.find((one) => one.name === name);
  if (by !== undefined) return ok({state: 'taken', by});
  append(configuration, `${name} ${key.text}`);
  return ok({state: 'added'});
}

/** Whole, at once and flushed: whom one trusts must survive a power cut. */
function append(configuration: string, line: string): void {
  mkdirSync(configuration, {recursive: true, mode: 0o700});
  const lines = linesOf(configuration).filter((each, i, all) => each !== '' || i < all.length - 1);
  const temporary = `${trustedKeysPath(configuration)}.${randomBytes(6).toString('hex')}.tmp`;
  const file = openSync(temporary, 'wx', 0o600);
  writeSync(file, `${[...lines, line].join('\n')}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, trustedKeysPath(configuration));
}

function linesOf(configuration: string): readonly string[] {
  const file = trustedKeysPath(configuration);
  const read = readSmallFile(file, {links: 'follow'});
  if (read.ok) return read.value.toString('utf8').split('\n');
  if (read.error.code === 'absent') return [];
  throw new StoreError('occupied', file, `${file}: ${read.error.why}`);
}

/** What `--key TEXT` means, with a name for reports. */
export function asTrusted(key: PublicKey): TrustedKey {
  return {name: key.text.split(' ')[0]?.slice(0, 20) ?? '', key};
}
