import {createPrivateKey} from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {hexOf} from '../../../schemas/digest.ts';
import {sharedByTests} from '../bare-environment.ts';
import {CLI, type Ended} from '../cli-process.ts';
import {openRig, type Rig} from '../rig.ts';
import {ROOT} from '../source-files.ts';

const HERE = import.meta.dirname;
export const WRITTEN = join(HERE, 'written');

/** Whose key signed it: made of a phrase that make.mjs tells, so nothing that it signs is to be believed. */
export const KEY = 'ed25519:M+D1nYs4Xt4tofdXsrSXUHli/+kvv+ddAIIHcuS9ulM=';

/** The commits whose repro wrote something that is kept. */
export function commits(): readonly string[] {
  return readdirSync(WRITTEN).sort();
}

/** A project as it lay there when the repro of then had run it, for today's repro to go on with. */
export interface Then extends AsyncDisposable {
  readonly rig: Rig;
  /** The first run, where all went well, and the second, where a stage failed. */
  readonly runs: readonly [string, string];
  /** Of what it published, from the project; empty where it could not publish yet. */
  readonly address: string;
  repro(...argv: readonly string[]): Promise<Ended>;
  /** With the Python and the SDK of then, which stand in every key: the machine that it was written on, as keys go. */
  asThen(...argv: readonly string[]): Promise<Ended>;
  /** With the SDK of then, and the Python of this machine, which can execute stages. */
  withSdkOfThen(...argv: readonly string[]): Promise<Ended>;
}

export async function openThen(commit: string): Promise<Then> {
  const written = join(WRITTEN, commit);
  const rig = await openRig();
  cpSync(join(HERE, 'project'), rig.project, {recursive: true});
  layDown(join(written, 'runs'), join(rig.project, '.repro/runs'));
  layDown(join(written, 'replays'), join(rig.project, '.repro/replays'));
  layDown(join(written, 'store'), rig.store);
  layDown(join(written, 'published'), join(rig.root, 'published'));
  layDownKey(rig);
  const [first = '', second = ''] = readdirSync(join(written, 'runs')).sort();
  const environment = await environmentOfThen(rig);
  return {
    rig,
    runs: [first, second],
    address: addressIn(written),
    repro: (...argv) => rig.repro(argv),
    asThen: (...argv) => rig.repro(argv, environment),
    withSdkOfThen: (...argv) => rig.repro(argv, {cli: environment.cli}),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

/** Git keeps no modes: what has a digest for a name, or was signed, is for reading only, as it was. */
function layDown(from: string, to: string): void {
  if (!existsSync(from)) return;
  cpSync(from, to, {recursive: true});
  for (const entry of readdirSync(to, {recursive: true, withFileTypes: true})) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && /\/(objects|packs|receipts|names|publications)\/v1\//.test(path))
      chmodSync(path, 0o444);
  }
}

/** A byte more, and read-only as before. */
export function damage(file: string): void {
  chmodSync(file, 0o644);
  appendFileSync(file, 'x');
  chmodSync(file, 0o444);
}

/** The one that make.mjs makes. */
function layDownKey({home}: Rig): void {
  const seed = hexOf(digestOfBytes('a throw-away key for old formats'));
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  const secret = createPrivateKey({key: der, format: 'der', type: 'pkcs8'});
  const keys = join(home, '.config/repro/keys');
  mkdirSync(keys, {recursive: true, mode: 0o700});
  writeFileSync(join(keys, 'default.pem'), secret.export({type: 'pkcs8', format: 'pem'}), {mode: 0o600});
  writeFileSync(join(keys, 'default.pub'), `${KEY}\n`);
}

function addressIn(written: string): string {
  const [digest] = existsSync(join(written, 'published')) ? readdirSync(join(written, PUBLICATIONS)) : [];
  return digest === undefined ? '' : join('..', PUBLICATIONS, digest);
}

const PUBLICATIONS = 'published/publications/v1';

/** An installation as make.mjs made it, and a Python that says that it is that of then. */
async function environmentOfThen({root, store}: Rig) {
  const installation = join(root, 'installation');
  cpSync(join(HERE, 'installation'), installation, {recursive: true});
  mkdirSync(join(installation, 'dist'));
  // Nothing else that lies there: a run that measures coverage is writing it at this moment.
  for (const name of readdirSync(dirname(CLI)).filter((each) => each.endsWith('.mjs')))
    cpSync(join(dirname(CLI), name), join(installation, 'dist', name));
  cpSync(join(ROOT, 'package.json'), join(installation, 'package.json'));
  symlinkSync(join(ROOT, 'runner'), join(installation, 'runner'));
  const python = join(root, 'python-of-then');
  mkdirSync(python);
  writeFileSync(join(python, 'python3.11'), SAYS_WHICH, {mode: 0o755});
  // The same store, and no environment that this machine's Python has made.
  const cache = join(root, 'cache-of-then');
  mkdirSync(join(cache, 'repro'), {recursive: true});
  symlinkSync(store, join(cache, 'repro/store'));
  const {path} = await sharedByTests();
  return {
    cli: join(installation, 'dist', basename(CLI)),
    variables: {PATH: `${python}:${path}`, XDG_CACHE_HOME: cache},
  };
}

const SAYS_WHICH = '#!/bin/sh\nprintf "%s\\n3.11.7\\n/usr\\n" "$0"\n';
