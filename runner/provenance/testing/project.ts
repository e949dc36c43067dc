import {execFileSync} from 'node:child_process';
import {chmodSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {gitState} from '../git-state.ts';

export const VARIABLES = {PATH: process.env.PATH, HOME: '/nowhere', GIT_CONFIG_NOSYSTEM: '1'};

/** A repository with a commit, and a program that notes each time it is executed. */
export class Project {
  readonly folder = temporaryDirectory();
  readonly #notes = join(temporaryDirectory(), 'executed');
  readonly canary = join(temporaryDirectory(), 'canary');

  constructor() {
    writeFileSync(this.#notes, '');
    writeFileSync(this.canary, `#!/bin/sh\necho "$0 $*" >> ${this.#notes}\nexit 1\n`);
    chmodSync(this.canary, 0o755);
    this.git('init', '--quiet', '--initial-branch=main');
    this.write('a.txt', 'one\n');
    this.commit();
  }

  git(...argv: readonly string[]): string {
    const user = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    const env = {...VARIABLES, GIT_TERMINAL_PROMPT: '0'};
    return execFileSync('git', [...user, ...argv], {
      cwd: this.folder,
      env,
      stdio: 'pipe',
      timeout: 20_000,
    }).toString();
  }

  /** Whatever becomes of it. */
  tries(...argv: readonly string[]): void {
    try {
      this.git(...argv);
    } catch {
      // It was to execute something, not to work.
    }
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  commit(): string {
    this.git('add', '-A');
    this.git('commit', '--quiet', '--allow-empty', '-m', 'x');
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** How often the canary has been executed since the last look. */
  executed(): number {
    const lines = readFileSync(this.#notes, 'utf8').split('\n').length - 1;
    writeFileSync(this.#notes, '');
    return lines;
  }

  state(folder = this.folder) {
    return gitState(folder, VARIABLES);
  }

  /** `key=value`, where CANARY is the program; `key` alone is the program. */
  config(...settings: readonly string[]): void {
    for (const setting of settings) {
      const [, key = '', value = 'CANARY'] = /^([^=]*)(?:=(.*))?$/.exec(setting) ?? [];
      this.git('config', key, value.replace('CANARY', this.canary));
    }
  }

  /** So that git has to look into the file: other times, the same size. */
  touch(): void {
    utimesSync(join(this.folder, 'a.txt'), 1, 1);
  }
}
