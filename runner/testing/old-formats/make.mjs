// Writes what the repro of a commit writes of the pipeline in project/ into written/COMMIT. README.md says when.
import {spawnSync} from 'node:child_process';
import {createHash, createPrivateKey, createPublicKey} from 'node:crypto';
import {cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [commit] = process.argv.slice(2);
if (commit === undefined) throw new Error('node make.mjs COMMIT');
const HERE = import.meta.dirname;
const WRITTEN = join(HERE, 'written', commit);
if (existsSync(WRITTEN)) throw new Error(`${WRITTEN} is there: what was written then is not written again`);

// Records and logs name it, so it is nobody's own.
const ROOM = '/tmp/repro-then';
const CHECKOUT = join(ROOM, 'checkout');
const PROJECT = join(ROOM, 'project');

mkdirSync(ROOM);
process.umask(0o022);
try {
  checkOut();
  layDownProject();
  ends(0, 'run', 'p.yaml');
  // What is cached, what failed and what was left out for it stand in a second record.
  ends(1, 'run', 'p.yaml', '-p', 'broken=true');
  if (knows('publish')) publish(runs()[0]);
  keep();
} finally {
  rmSync(ROOM, {recursive: true, force: true});
}

/** No stage of the project imports the SDK, and a hundred kilobytes of it would lie in every store. */
function checkOut() {
  must('git', ['clone', '--quiet', '--no-checkout', join(HERE, '../../..'), CHECKOUT], ROOM);
  must('git', ['checkout', '--quiet', commit], CHECKOUT);
  rmSync(join(CHECKOUT, 'stages/_sdk/repro_sdk'), {recursive: true});
  cpSync(join(HERE, 'installation'), CHECKOUT, {recursive: true});
}

function layDownProject() {
  cpSync(join(HERE, 'project'), PROJECT, {recursive: true});
  writeFileSync(join(PROJECT, '.gitignore'), '.repro/\n');
  const ada = ['-c', 'user.name=Ada Lovelace', '-c', 'user.email=ada@example.org'];
  must('git', ['init', '--quiet'], PROJECT);
  must('git', ['add', '--all'], PROJECT);
  must('git', [...ada, 'commit', '--quiet', '--message=A poem, counted'], PROJECT);
}

function publish(run) {
  throwAwayKey();
  ends(0, 'publish', run, '--to', '../published');
  const [digest] = readdirSync(join(ROOM, 'published/publications/v1'));
  ends(0, 'replay', run);
  ends(0, 'attest', '--to', join('../published/publications/v1', digest));
  ends(0, 'store', 'pin', run, '--note', 'the first');
}

/** Made from a phrase that everybody can read: nothing that it signs is to be believed. */
function throwAwayKey() {
  const seed = createHash('sha256').update('a throw-away key for old formats').digest('hex');
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  const secret = createPrivateKey({key: der, format: 'der', type: 'pkcs8'});
  const keys = join(ROOM, 'home/.config/repro/keys');
  mkdirSync(keys, {recursive: true, mode: 0o700});
  writeFileSync(join(keys, 'default.pem'), secret.export({type: 'pkcs8', format: 'pem'}), {mode: 0o600});
  const raw = Buffer.from(createPublicKey(secret).export({format: 'jwk'}).x, 'base64url');
  writeFileSync(join(keys, 'default.pub'), `ed25519:${raw.toString('base64')}\n`);
}

function keep() {
  const kept = {
    runs: 'project/.repro/runs',
    replays: 'project/.repro/replays',
    store: 'cache/repro/store',
    published: 'published',
  };
  // Stats of files that are elsewhere now.
  const isKept = (path) => !path.endsWith('/verified.v1');
  for (const [as, from] of Object.entries(kept).filter(([, path]) => existsSync(join(ROOM, path))))
    cpSync(join(ROOM, from), join(WRITTEN, as), {recursive: true, filter: isKept});
}

function knows(command) {
  return new RegExp(`^ {2}${command}\\b`, 'm').test(repro('--help').stdout);
}

function runs() {
  const names = readdirSync(join(PROJECT, '.repro/runs'));
  return names.filter((name) => /^\d{8}T/.test(name)).sort();
}

function ends(code, ...argv) {
  const {status, stdout, stderr} = repro(...argv);
  process.stdout.write(`repro ${argv.join(' ')}\n${stdout}${stderr}`);
  if (status !== code) throw new Error(`it ended with ${status}, not ${code}`);
}

function repro(...argv) {
  const env = {PATH: process.env.PATH, HOME: join(ROOM, 'home'), XDG_CACHE_HOME: join(ROOM, 'cache')};
  mkdirSync(env.HOME, {recursive: true});
  return spawnSync(join(CHECKOUT, 'repro'), argv, {cwd: PROJECT, env, encoding: 'utf8'});
}

function must(program, argv, cwd) {
  const {status} = spawnSync(program, argv, {cwd, stdio: ['ignore', 'inherit', 'inherit']});
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')} ended with ${status}`);
}
