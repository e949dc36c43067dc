import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import type {Digest} from '../../schemas/digest.ts';
import type {FaultWriterOptions} from './fault-writer.ts';

export type {FaultWriterOptions};

/** The store as it will be shipped, in one file that a plain node runs. */
export async function bundleFaultWriter(folder: string): Promise<string> {
  const outfile = join(folder, 'fault-writer.mjs');
  const entry = fileURLToPath(new URL('fault-writer.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

export interface Outcome {
  readonly acked: readonly Digest[];
  /** Keys of the receipts that were acknowledged. */
  readonly receipts: readonly Digest[];
  readonly failures: readonly string[];
  readonly finished: boolean;
  readonly signal: string | null;
  readonly code: number | null;
  readonly stderr: string;
}

export interface Launch {
  /** What runs node: `strace …`, `sh -c "ulimit …"`. */
  readonly wrap?: readonly string[];
  /** SIGKILL, so many milliseconds after it has said so many lines. */
  readonly kill?: {readonly lines: number; readonly milliseconds: number};
}

export interface Machine {
  readonly node: string;
  readonly path: string;
  readonly bundle: string;
}

export function runFaultWriter(
  {node, path, bundle}: Machine,
  options: FaultWriterOptions,
  {wrap = [], kill}: Launch = {},
): Promise<Outcome> {
  const program = `import {writeUnderFaults as run} from ${JSON.stringify(bundle)}; await run(${JSON.stringify(options)})`;
  const [command = 'node', ...argv] = [...wrap, node, '--input-type=module', '-e', program];
  const env = {PATH: path, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0'};
  const child = spawn(command, argv, {stdio: ['ignore', 'pipe', 'pipe'], env});
  return outcomeOf(child, kill);
}

function outcomeOf(child: ChildProcess, kill: Launch['kill']): Promise<Outcome> {
  let said = '';
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    const before = linesIn(said);
    said += chunk.toString();
    if (kill === undefined || before >= kill.lines || linesIn(said) < kill.lines) return;
    setTimeout(() => child.kill('SIGKILL'), kill.milliseconds);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({...parse(said), signal, code, stderr}));
  });
}

function linesIn(said: string): number {
  return said.split('\n').length - 1;
}

function parse(said: string) {
  // The last line may be cut off: only a whole line is a promise that somebody heard.
  const lines = said.slice(0, said.lastIndexOf('\n') + 1).split('\n');
  const after = (prefix: string) =>
    lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
  return {
    acked: after('ack ') as Digest[],
    receipts: [...after('receipt stored '), ...after('receipt present ')] as Digest[],
    failures: after('fail '),
    finished: lines.includes('done'),
  };
}
