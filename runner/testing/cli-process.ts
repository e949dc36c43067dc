import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';
import type {RunEvent} from '../../schemas/event.ts';
import {ROOT} from './source-files.ts';

/** Of what a test awaits. Far more than anything takes here, far less than a test runner's patience. */
const PATIENCE_MS = 45_000;

export const CLI = join(ROOT, 'dist', 'repro.mjs');

export interface CliOptions {
  readonly argv: readonly string[];
  readonly directory: string;
  /** All of it. */
  readonly variables: Readonly<Record<string, string>>;
  /** A program that starts it in its own way, and ends as it does. */
  readonly through?: readonly string[];
  /** The bundle of another installation; this one's by default. */
  readonly cli?: string;
}

export interface Ended {
  /** What a shell would show: 128 + n for a process that signal n ended. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** With --json. */
  readonly events: readonly RunEvent[];
}

type EventOf<E extends RunEvent['event']> = Extract<RunEvent, {readonly event: E}>;

/** The real command line in a process of its own, while it runs. */
export class CliProcess {
  readonly #child: ChildProcess;
  readonly #options: CliOptions;
  readonly #exit: Promise<number>;
  readonly #watchers = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #code: number | undefined;

  constructor(options: CliOptions) {
    this.#options = options;
    // A group of its own: what a test does to it must not reach the test runner.
    const {through = [], cli = CLI} = options;
    const [program = '', ...words] = [...through, process.execPath, cli, ...options.argv];
    this.#child = spawn(program, words, {
      cwd: options.directory,
      env: options.variables,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#exit = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        this.#code = code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0);
        this.#wake();
        resolve(this.#code);
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`could not start ${this.#options.argv.join(' ')}`);
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#code !== undefined;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** The first event of this kind that looks like `like`, past or future. Needs --json. */
  async event<E extends RunEvent['event']>(kind: E, like: Partial<EventOf<E>> = {}): Promise<EventOf<E>> {
    const isWanted = (event: RunEvent): event is EventOf<E> =>
      event.event === kind &&
      Object.entries(like).every(([name, value]) => event[name as keyof RunEvent] === value);
    return this.#until(`${kind} ${JSON.stringify(like)}`, () => this.events().find(isWanted));
  }

  async end(): Promise<Ended> {
    const code = await this.#until('its end', () => this.#code);
    await this.#exit;
    return {code, stdout: this.#stdout, stderr: this.#stderr, events: this.events()};
  }

  /** What a person would have seen: for a test that failed. */
  transcript(): string {
    const end = this.#code === undefined ? 'still running' : `exit ${this.#code}`;
    return `$ repro ${this.#options.argv.join(' ')}\n${this.#stdout}${this.#stderr}[${end}]\n`;
  }

  /** So far. Needs --json. */
  events(): readonly RunEvent[] {
    if (!this.#options.argv.includes('--json')) return [];
    const whole = this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1).split('\n');
    return whole.filter((line) => line.startsWith('{"at":')).map((line) => JSON.parse(line) as RunEvent);
  }

  /** Looks again whenever something was printed, and when it has ended. */
  #until<T>(what: string, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (why: string) => {
        settled();
        reject(new Error(`waited for ${what}, and ${why}:\n${this.transcript()}`));
      };
      const timer = setTimeout(() => giveUp(`${PATIENCE_MS / 1000} s were not enough`), PATIENCE_MS);
      const settled = () => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
      };
      const watch = () => {
        const found = look();
        if (found !== undefined) {
          settled();
          resolve(found);
        } else if (this.#code !== undefined) giveUp('it ended first');
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  #wake(): void {
    for (const watch of [...this.#watchers]) watch();
  }
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {SIGINT: 2, SIGKILL: 9, SIGTERM: 15};
