/**
 * Where the process begins and ends: argv, environment, signals, streams. The only file that touches
 * `process`. A start must cost little, so nothing heavy is imported before it is known to be needed.
 */
import {closeSync, readFileSync, writeSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {isatty} from 'node:tty';
import {fileURLToPath} from 'node:url';
import {type Question, recallNoOp} from './runner/no-op-memo/no-op-memo.ts';
import {bugText} from './runner/report/bug-text.ts';
import {type Channel, openPrinter} from './runner/report/printer.ts';
import {ExitCode} from './schemas/exit-code.ts';

declare const REPRO_VERSION: string;
declare const REPRO_FILES: readonly string[];

/** Where nobody has a window. */
const NOWHERE = {columns: 100, rows: 40};

const installation = resolve(fileURLToPath(import.meta.url), '../..');

const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));

const [, , ...argv] = process.argv;
const printer = openPrinter({
  out: channelOf('standard output', 1),
  err: channelOf('standard error', 2),
  json: argv.includes('--json'),
});

/** Started with `nohup`: a terminal that goes takes nothing with it. The launcher says so. */
const keepsOnHangUp = process.env.REPRO_NOHUP === '1';
if (keepsOnHangUp) process.on('SIGHUP', () => undefined);

/** Set when the work has ended; undefined at the end of the process is a bug. */
let ended: number | undefined;
process.on('uncaughtException', (error) => process.exit(sayBug(error)));
process.on('exit', () => {
  if (ended === undefined && process.exitCode === undefined) process.exitCode = sayBug('it never ended');
  leaveLostTerminals();
});
void main()
  .catch(sayBug)
  .then((code) => {
    ended = printer.codeAfter(code);
    process.exitCode = ended;
  });

async function main(): Promise<number> {
  if (argv[0] === '--version') {
    printer.out.write(`${REPRO_VERSION}\n`);
    return 0;
  }
  const directory = workingDirectory();
  if (directory === undefined) return refuseNowhere();
  const question = questionOf(directory);
  const settled = argv[0] === 'run' ? recallNoOp(question) : undefined;
  if (settled !== undefined) {
    printer.out.write(settled);
    return 0;
  }
  const {commandLine} = await import('./runner/commands/command-line.ts');
  return commandLine(argv, await thisWorld(question));
}

/** What the command line could not catch: it is said like any bug, and never ends with a code of a verdict. */
function sayBug(error: unknown): number {
  printer.err.write(bugText(error));
  return ExitCode.bug;
}

/** Node sets terminals right when it ends, and aborts where one has gone: what is closed it leaves alone. */
function leaveLostTerminals(): void {
  for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
}

function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined; // Somebody has deleted it.
  }
}

function refuseNowhere(): number {
  printer.err.write(
    'error[no-folder]: the working directory is not there any more\n  help: cd to one that is\n',
  );
  return ExitCode.usage;
}

/** Its bytes go out by the plain call: a stream of Node's would keep some, and throw where nobody catches. */
function channelOf(name: string, descriptor: 1 | 2): Channel {
  const isTerminal = isatty(descriptor);
  const stream = () => (descriptor === 1 ? process.stdout : process.stderr);
  return {
    name,
    write: (bytes) => writeSync(descriptor, bytes),
    isTerminal,
    size: () => (isTerminal ? {columns: stream().columns || 100, rows: stream().rows || 40} : NOWHERE),
  };
}

function questionOf(directory: string): Question {
  const {XDG_CACHE_HOME: cache, HOME: home} = process.env;
  return {
    arguments: argv,
    directory,
    boot: bootId(),
    version: REPRO_VERSION,
    cache: join(cache || join(home || '/tmp', '.cache'), 'repro'),
  };
}

async function thisWorld(question: Question) {
  const {availableParallelism, hostname, totalmem} = await import('node:os');
  const {ownerName, ownerIsAlive} = await import('./runner/opening/world/process-owner.ts');
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
    out: printer.out,
    err: printer.err,
    owner: ownerName(space, process.pid),
    isAlive: (owner: string) => ownerIsAlive(owner, space),
    onInterrupt,
  };
}

/** SIGUSR1 is what a batch system sends some time before it takes the machine away. */
function onInterrupt(listener: (count: number, signal: NodeJS.Signals) => void): () => void {
  let count = 0;
  const heard = (signal: NodeJS.Signals) => listener(++count, signal);
  const signals = (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const).filter(
    (signal) => !(keepsOnHangUp && signal === 'SIGHUP'),
  );
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
