import {execFileSync, spawn} from 'node:child_process';
import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {TestContext} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {findProgram} from '../../executors/find-program.ts';
import {type Serving, serve} from './serve.ts';

export interface GitRepository {
  readonly folder: string;
  write(files: Readonly<Record<string, string | Buffer>>): void;
  link(path: string, target: string): void;
  executable(path: string): void;
  git(...argv: readonly string[]): string;
  /** All that is there, as a new commit. */
  commit(): string;
}

/** A real repository of the test's own; skips, loudly, where there is no git. */
export function makeRepository(context: TestContext): GitRepository {
  context.skip(findProgram('git', process.env.PATH ?? '') === undefined, 'NOT TESTED: git is not installed');
  const folder = join(temporaryDirectory(), 'repository');
  mkdirSync(folder);
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'core.autocrlf=false'];
  const git = (...argv: readonly string[]) =>
    execFileSync('git', [...who, ...argv], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  git('init', '--quiet', '--initial-branch=main');
  return {
    folder,
    git,
    write(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), {recursive: true});
        writeFileSync(join(folder, path), text);
      }
    },
    link: (path, target) => symlinkSync(target, join(folder, path)),
    executable: (path) => chmodSync(join(folder, path), 0o755),
    commit() {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', 'a commit');
      return git('rev-parse', 'HEAD');
    },
  };
}

/** Over http, by git's own server program. `version 0`: one that knows only the old protocol. */
export function serveRepository(
  {folder}: GitRepository,
  protocol: 'any' | 'version 0' = 'any',
): Promise<Serving> {
  return serve((request, response) => {
    const url = new URL(request.url ?? '', 'http://git');
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        ...(protocol === 'any' && {GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '')}),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.on('close', () => {
      const all = Buffer.concat(chunks);
      const end = all.indexOf('\r\n\r\n');
      const headers = all
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': ', 2));
      const {Status: status = '200', ...others} = Object.fromEntries(headers) as Record<string, string>;
      response.writeHead(Number.parseInt(status, 10), others).end(all.subarray(end + 4));
    });
  });
}
