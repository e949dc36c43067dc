import {createPrivateKey, generateKeyPairSync, type KeyObject, sign} from 'node:crypto';
import {closeSync, fsyncSync, lstatSync, mkdirSync, openSync, readdirSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {readSmallFile} from '../../artifacts/files/small-file.ts';
import {isName} from '../../schemas/names.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {type Ed25519Key, ed25519Key, type PublicKey, parsePublicKey} from './public-key.ts';
import type {Signer} from './signer.ts';

/** `keys/<name>.pem` (PKCS8, for its owner alone) and `keys/<name>.pub` in the user's configuration. */
export interface NamedKey {
  /** The user's configuration of repro. */
  readonly configuration: string;
  readonly name: string;
}

export interface KeyTrouble {
  readonly message: string;
  readonly help: string;
}

/** The one that is used when none is named. */
export const DEFAULT_KEY = 'default';

export function privateKeyPath({configuration, name}: NamedKey): string {
  return join(configuration, 'keys', `${name}.pem`);
}

export function publicKeyPath({configuration, name}: NamedKey): string {
  return join(configuration, 'keys', `${name}.pub`);
}

/** Makes a key; never replaces one: what it has signed could not be signed for again. */
export function newKey(place: NamedKey): Result<Ed25519Key, KeyTrouble> {
  if (!isName(place.name))
    return trouble(`a key can't be called "${place.name}"`, 'a name has small letters, digits, - and _');
  const {privateKey, publicKey} = generateKeyPairSync('ed25519');
  const key = ed25519Key(rawOf(publicKey));
  mkdirSync(join(place.configuration, 'keys'), {recursive: true, mode: 0o700});
  const pem = privateKey.export({type: 'pkcs8', format: 'pem'}).toString();
  if (!writeNew(privateKeyPath(place), pem, 0o600))
    return trouble(`${privateKeyPath(place)} is there already`, 'choose another name: repro keys new NAME');
  writeNew(publicKeyPath(place), `${key.text}\n`, 0o644);
  return ok(key);
}

/** Opens a key for signing. One that others may read is refused: they could sign as well. */
export function fileSigner(place: NamedKey): Result<Signer, KeyTrouble> {
  const path = privateKeyPath(place);
  const stat = lstatSync(path, {throwIfNoEntry: false});
  if (stat === undefined) return noKey(place);
  if (!stat.isFile()) return trouble(`${path} is not a regular file`, 'a key is a file, and no link to one');
  if ((stat.mode & 0o077) !== 0)
    return trouble(
      `${path} can be read by others (mode ${(stat.mode & 0o777).toString(8).padStart(4, '0')})`,
      `chmod 600 ${path}`,
    );
  const key = readPrivateKey(path);
  if (key?.asymmetricKeyType !== 'ed25519')
    return trouble(`${path} is not an Ed25519 key`, 'expected PKCS8 in PEM, as `repro keys new` writes it');
  return ok({
    key: ed25519Key(rawOf(key)),
    sign: async (message) => ok(sign(null, message, key)),
  });
}

function noKey({configuration, name}: NamedKey): Result<never, KeyTrouble> {
  const names = keyNames(configuration);
  const others = names.length === 0 ? '' : `; or choose one with --key: ${names.join(', ')}`;
  const make = name === DEFAULT_KEY ? 'repro keys new' : `repro keys new ${name}`;
  return trouble(`there is no key "${name}" to sign with`, `make one: ${make}${others}`);
}

export interface OwnKey {
  readonly name: string;
  readonly path: string;
  /** In words, when its public half can't be read. */
  readonly key: Result<PublicKey, string>;
}

export function ownKeys(configuration: string): readonly OwnKey[] {
  return keyNames(configuration).map((name) => {
    const place = {configuration, name};
    const path = privateKeyPath(place);
    const signer = fileSigner(place);
    return {name, path, key: signer.ok ? ok(signer.value.key) : err(signer.error.message)};
  });
}

function keyNames(configuration: string): readonly string[] {
  try {
    return readdirSync(join(configuration, 'keys'))
      .filter((file) => file.endsWith('.pem') && isName(file.slice(0, -4)))
      .map((file) => file.slice(0, -4))
      .sort();
  } catch {
    return []; // No key was ever made.
  }
}

/** A public key in a file of any of the forms that people pass on: ours, SSH's, or PEM. */
export function readPublicKey(text: string): Result<PublicKey, string> {
  if (text.includes('PRIVATE KEY'))
    return err('this is a private key: pass on the .pub file, never this one');
  return parsePublicKey(text);
}

function readPrivateKey(path: string): KeyObject | undefined {
  const read = readSmallFile(path, {links: 'follow'});
  if (!read.ok) return undefined;
  try {
    return createPrivateKey(read.value);
  } catch {
    return undefined; // Not PEM, or with a passphrase: the same to whoever reads the message.
  }
}

function rawOf(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({format: 'jwk'}).x ?? '', 'base64url');
}

/** False when something is there. Flushed, for a key that was shown must not be lost. */
function writeNew(path: string, text: string, mode: number): boolean {
  try {
    const file = openSync(path, 'wx', mode);
    writeSync(file, text);
    fsyncSync(file);
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function trouble(message: string, help: string): Result<never, KeyTrouble> {
  return err({message, help});
}
