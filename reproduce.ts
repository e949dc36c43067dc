/**
 * Where the process begins and ends: argv, environment, signals, streams. The only file that touches
 * `process`. A start must cost little, so nothing heavy is imported before it is known to be needed.
 */
import {readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Question, stillSettled} from './runner/settled/settled-run.ts';

declare const REPRO_VERSION: string;
declare const REPRO_FILES: readonly string[];

const installation = resolve(fileURLToPath(import.meta.url), '../..');

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  process.stdout.on('error', quietAfterPipeCloses);
  if (argv[0] === '--version') {
    process.stdout.write(`${REPRO_VERSION}\n`);
    return 0;
  }
  const question = questionOf(argv);
  const settled = argv[0] === 'run' ? stillSettled(question) : undefined;
  if (settled !== undefined) {
    process.stdout.write(settled);
    return 0;
  }
  const {commandLine} = await import('./runner/commands/command-line.ts');
  return commandLine(argv, await thisWorld(question));
}

/** `repro show | head` ends the reader first: that is no error of ours. */
function quietAfterPipeCloses(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}

function questionOf(argv: readonly string[]): Question {
  const {XDG_CACHE_HOME: cache, HOME: home} = process.env;
  return {
    arguments: argv,
    directory: process.cwd(),
    boot: bootId(),
    version: REPRO_VERSION,
    cache: join(cache || join(home || '/tmp', '.cache'), 'repro'),
  };
}

async function thisWorld(question: Question) {
  const {availableParallelism, hostname, totalmem} = await import('node:os');
  const {ownerName, ownerIsAlive} = await import('./runner/commands/process-owner.ts');
  const space = {boot: question.boot, host: hostname()};
  return {
    directory: question.directory,
    variables: process.env,
    installation,
    version: REPRO_VERSION,
    installed: REPRO_FILES.map((file) => join(installation, file)),
    question,
    machine: {
      architecture: process.arch,
      libc: libcVersion(),
      cpus: availableParallelism(),
      memory: totalmem(),
    },
    now: Date.now,
    out: sinkOf(process.stdout),
    err: sinkOf(process.stderr),
    owner: ownerName(space, process.pid),
    isAlive: (owner: string) => ownerIsAlive(owner, space),
    onInterrupt,
  };
}

function sinkOf(stream: NodeJS.WriteStream) {
  return {
    write: (text: string) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    size: () => ({columns: stream.columns ?? 100, rows: stream.rows ?? 40}),
  };
}

/** SIGUSR1 is what a batch system sends some time before it takes the machine away. */
function onInterrupt(listener: (count: number, signal: NodeJS.Signals) => void): () => void {
  let count = 0;
  const heard = (signal: NodeJS.Signals) => listener(++count, signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const;
  for (const signal of signals) process.on(signal, heard);
  return () => {
    for (const signal of signals) process.off(signal, heard);
  };
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return 'unknown';
  }
}

function libcVersion(): string {
  const {header} = process.report.getReport() as {header: {glibcVersionRuntime?: string}};
  return header.glibcVersionRuntime === undefined ? 'unknown' : `glibc ${header.glibcVersionRuntime}`;
}
