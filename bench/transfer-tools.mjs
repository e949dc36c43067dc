// How each program pushes a folder to a bucket and gets it back. Every push goes to a prefix of its own.
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {timed} from './measure.mjs';

const AT_ONCE = 16;

/**
 * @param {{endpoint: string, accessKeyId: string, secretAccessKey: string, bucket: string}} server
 * @param {string} directory scratch
 */
export function tools(server, directory) {
  // A bundle of certificates is for servers that have one; rclone refuses to start with it.
  const {AWS_CA_BUNDLE: _, ...inherited} = process.env;
  const variables = {
    ...inherited,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: server.endpoint,
    NODE_EXTRA_CA_CERTS: '',
  };
  const run = (argv, options = {}) => timed(argv, {env: variables, ...options});
  return {
    curl: curlLoop(server, run, directory),
    s5cmd: s5cmd(server, run),
    rclone: rclone(server, run),
    dvc: dvc(server, run, directory),
    repro: repro(server, run, directory),
  };
}

/** A raw put loop: one signed request a file, the payload not hashed, a fixed number at a time. */
function curlLoop({endpoint, bucket, accessKeyId, secretAccessKey}, run, directory) {
  const all = ['curl', '-sfZ', '--parallel-max', String(AT_ONCE)];
  const signed = ['--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', `${accessKeyId}:${secretAccessKey}`];
  const config = (lines) => {
    const file = join(directory, 'curl.config');
    writeFileSync(file, lines.join('\n'));
    return ['-K', file];
  };
  return {
    push: ({folder, files, prefix}) =>
      run([
        ...all,
        ...signed,
        '-H',
        'x-amz-content-sha256: UNSIGNED-PAYLOAD',
        ...config(
          files.flatMap((name) => [
            `upload-file = "${folder}/${name}"`,
            `url = "${endpoint}/${bucket}/${prefix}/${name}"`,
          ]),
        ),
      ]),
    pull: ({files, prefix, destination}) =>
      run([
        ...all,
        ...signed,
        '--create-dirs',
        ...config(
          files.flatMap((name) => [
            `output = "${destination}/${name}"`,
            `url = "${endpoint}/${bucket}/${prefix}/${name}"`,
          ]),
        ),
      ]),
  };
}

function s5cmd({endpoint, bucket}, run) {
  const all = ['s5cmd', '--log', 'error', '--endpoint-url', endpoint, 'cp'];
  return {
    push: ({folder, prefix}) => run([...all, `${folder}/`, `s3://${bucket}/${prefix}/`]),
    pull: ({prefix, destination}) => run([...all, `s3://${bucket}/${prefix}/*`, `${destination}/`]),
  };
}

function rclone({endpoint, bucket}, run) {
  const place = (prefix) => `:s3:${bucket}/${prefix}`;
  const all = [
    'rclone',
    'copy',
    '--config',
    '/dev/null',
    '--transfers',
    String(AT_ONCE),
    '--s3-provider',
    'Other',
    '--s3-endpoint',
    endpoint,
    '--s3-env-auth',
    '--s3-force-path-style',
    '--s3-no-check-bucket',
  ];
  return {
    push: ({folder, prefix}) => run([...all, folder, place(prefix)]),
    pull: ({prefix, destination}) => run([...all, place(prefix), destination]),
  };
}

/** `dvc add` (hashing into its cache) is not counted, as hashing during a run is not counted for repro. */
function dvc({endpoint, bucket}, run, directory) {
  const home = join(directory, 'dvc');
  const quiet = {cwd: home, env: undefined};
  return {
    push({folder, prefix}) {
      rmSync(home, {recursive: true, force: true});
      mkdirSync(home);
      const here = {...quiet};
      delete here.env;
      for (const argv of [
        ['dvc', 'init', '-q', '--no-scm'],
        ['dvc', 'config', 'core.analytics', 'false'],
        ['dvc', 'config', 'cache.type', 'hardlink,copy'],
        ['dvc', 'remote', 'add', '-q', '-d', 'bench', `s3://${bucket}/${prefix}`],
        ['dvc', 'remote', 'modify', '-q', 'bench', 'endpointurl', endpoint],
        ['cp', '-r', folder, join(home, 'data')],
        ['dvc', 'add', '-q', 'data'],
      ])
        run(argv, here);
      return run(['dvc', 'push', '-q', '-j', String(AT_ONCE)], here);
    },
    pull({destination}) {
      rmSync(join(home, 'data'), {recursive: true});
      rmSync(join(home, '.dvc', 'cache'), {recursive: true});
      const spent = run(['dvc', 'pull', '-q', '-j', String(AT_ONCE)], {cwd: home});
      run(['mv', join(home, 'data'), destination]);
      return spent;
    },
  };
}

/** The folder is the output of a stage that has run; its push and pull are those of any result. */
function repro({bucket}, run, directory) {
  const project = join(directory, 'project');
  const cli = ['node', resolve('dist/repro.mjs')];
  return {
    prepare(program, kind) {
      rmSync(project, {recursive: true, force: true});
      mkdirSync(project);
      writeFileSync(join(project, 'bare.lock.txt'), '');
      writeFileSync(
        join(project, 'p.yaml'),
        `repro: 1\nname: transfer\nseed: 1\nenvironments: {bare: {python: {lock: bare.lock.txt}}}\nstages:\n` +
          `  make:\n    uses: command\n    with: {argv: ${JSON.stringify([...program, 'outputs/data'])}}\n` +
          `    outputs: {data: {kind: ${kind}, type: tree}}\n`,
      );
      run([...cli, 'run', 'p.yaml', '--store', './store', '--sandbox', 'none'], {cwd: project});
      return join(project, 'store');
    },
    push: ({prefix}) =>
      run([...cli, 'push', '--store', './store', '--to', `s3://${bucket}/${prefix}`], {cwd: project}),
    pull({prefix, destination}) {
      const [name] = readdirSync(join(project, '.repro/runs')).sort().slice(-1);
      const empty = join(directory, 'empty-store');
      rmSync(empty, {recursive: true, force: true});
      const from = ['--from', `s3://${bucket}/${prefix}`, '--store', empty];
      return run([...cli, 'pull', name, 'make.data', ...from, '--link', '--to', destination], {cwd: project});
    },
  };
}
