import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {TestContext} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {findProgram} from '../../executors/find-program.ts';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate of the test's own for localhost and example names; skips, loudly, where there is no openssl. */
export function makeCertificate(context: TestContext): Certificate {
  const openssl = findProgram('openssl', process.env.PATH ?? '');
  context.skip(openssl === undefined, 'NOT TESTED: openssl is not installed');
  const folder = temporaryDirectory();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = 'subjectAltName=DNS:localhost,DNS:a.example,DNS:b.example,IP:127.0.0.1';
  const fresh = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  const argv = [...fresh, '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', names];
  execFileSync('openssl', argv, {stdio: 'ignore'});
  return {key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8')};
}
