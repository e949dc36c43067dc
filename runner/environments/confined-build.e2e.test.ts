import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {noSandbox} from '../sandbox/no-sandbox.ts';
import {aProject, findTools, modules, PATIENCE, pinned, python} from './testing/a-project.ts';

findTools();

describe('what is built', {timeout: PATIENCE}, () => {
  it('is decided by the lock alone: what lies beside it is neither run nor in it', async () => {
    const project = aProject();
    const trap = `open(${JSON.stringify(join(project.folder, 'PWNED'))}, "w").write("x")\n`;
    const beside: Readonly<Record<string, string>> = {
      'warm.py': trap,
      'sitecustomize.py': trap,
      'usercustomize.py': trap,
      'setup.py': trap,
      'conftest.py': trap,
      'pip.py': trap,
      'ensurepip.py': trap,
      'venv.py': trap,
      'evil.pth': `import os; ${trap}`,
      'pip.conf': '[global]\nindex-url = http://127.0.0.1:1/simple\n',
      'uv.toml': 'index-url = "http://127.0.0.1:1/simple"\n',
      'setup.cfg': '[install]\nprefix = /tmp\n',
      'pyproject.toml': '[build-system]\nrequires = ["evil"]\n',
    };
    for (const [name, text] of Object.entries(beside)) writeFileSync(join(project.folder, name), text);
    project.lock(pinned('good', project.package('wheel', 'good', {'good.py': 'GOOD = 1\n'})));
    const bare = aProject();
    cpSync(join(project.folder, 'packages'), join(bare.folder, 'packages'), {recursive: true});
    bare.lock(readFileSync(project.options.lock, 'utf8'));
    const first = await project.build();
    const usual = process.umask(0o077);
    const built = [first, await bare.build().finally(() => process.umask(usual))];
    expect(built.map(({ok}) => ok)).toEqual([true, true]);
    expect(existsSync(join(project.folder, 'PWNED'))).toBe(false);
    const manifest = (home: string) => readFileSync(join(home, 'repro-manifest.txt'), 'utf8');
    // The same bytes and modes, built twice, in two places, from two shells.
    expect(manifest(project.home())).toBe(manifest(bare.home()));
    expect(manifest(project.home())).toContain('site-packages/good.py');
  });

  it('by a source package’s code is built without files, variables and network of the user', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const project = aProject({AWS_SECRET_ACCESS_KEY: 'victim', HF_TOKEN: 'victim'});
    const secret = join(project.folder, 'secret');
    writeFileSync(secret, 'victim');
    const hook = `
SEEN = {"variables": sorted(os.environ), "words": [v for v in os.environ.values() if "victim" in v]}
def attempt(name, act):
    try: act(); SEEN[name] = "done"
    except BaseException as error: SEEN[name] = type(error).__name__
import urllib.request, glob
attempt("write", lambda: open(${JSON.stringify(join(project.folder, 'PWNED'))}, "w").write("x"))
attempt("read", lambda: open(${JSON.stringify(secret)}).read())
attempt("network", lambda: urllib.request.urlopen("http://127.0.0.1:${port}/", timeout=5).read())
attempt("environment", lambda: open(glob.glob("/environment/lib/*/site-packages/")[0] + "evil.pth", "w").write("x"))
attempt("home", lambda: os.listdir(${JSON.stringify(project.folder)}))
`;
    project.lock(pinned('src', project.package('source', 'src', {hook})));
    const built = await project.build();
    server.close();
    expect(built).toMatchObject({ok: true});
    const seen = execFileSync(python, ['-c', 'import src, json; print(json.dumps(src.SEEN))'], {
      env: {PYTHONPATH: modules(project.home())},
      encoding: 'utf8',
    });
    const {variables, ...rest} = JSON.parse(seen) as {variables: string[]};
    expect(rest).toEqual({
      words: [],
      write: 'FileNotFoundError',
      read: 'FileNotFoundError',
      network: 'URLError',
      environment: 'OSError',
      home: 'FileNotFoundError',
    });
    expect(variables.filter((name) => /AWS|HF_|PIP_FIND|PIP_NO_INDEX$/.test(name))).toEqual([]);
    expect(asked).toEqual([]);
    expect(existsSync(join(project.folder, 'PWNED'))).toBe(false);
    expect(project.warnings).toEqual([]);
  });

  it('runs nothing of a wheel outside of the sandbox, whatever is in it', async () => {
    const project = aProject();
    const trap = `open(${JSON.stringify(join(project.folder, 'PWNED'))}, "w").write("x")`;
    const files = {
      'evil.pth': `import builtins; builtins.${trap}\n`,
      'sitecustomize.py': `${trap}\n`,
      'pip/_internal/cli/main.py': `${trap}\n`,
      'pip/__init__.py': `${trap}\n`,
      'compileall.py': `${trap}\n`,
    };
    const evil = pinned('evil', project.package('wheel', 'evil', files));
    const source = pinned('src', project.package('source', 'src', {hook: ''}));
    // The tools' own .pth is run when the source is built: in the sandbox.
    project.lock(`${evil}# repro: build tools above\n${source}`);
    await project.build();
    expect(existsSync(join(project.folder, 'PWNED'))).toBe(false);
    project.lock(evil);
    // A wheel may be installed without a sandbox, too: what is in it is not run.
    await project.build({sandbox: noSandbox, directory: join(project.folder, 'unconfined')});
    expect(existsSync(join(project.folder, 'PWNED'))).toBe(false);
  });

  it('is told by its user’s pip where packages are, and nothing of how to install them', async () => {
    const project = aProject();
    const settings =
      '[global]\nno-binary = :all:\nconstraint = /nowhere\n[install]\ntarget = /tmp/x\nuser = true\n';
    writeFileSync(join(project.folder, 'pip.conf'), `${settings}require-virtualenv = true\n`);
    project.lock(pinned('good', project.package('wheel', 'good', {'good.py': ''})));
    const variables = {
      ...project.options.variables,
      PIP_CONFIG_FILE: join(project.folder, 'pip.conf'),
      PIP_NO_BINARY: ':all:',
      PIP_TARGET: '/tmp/x',
      PYTHONPATH: '/nowhere',
    };
    expect(await project.build({variables})).toMatchObject({ok: true});
    expect(existsSync(join(modules(project.home()), 'good.py'))).toBe(true);
  });

  it('keeps the passwords of an index out of words and logs', async () => {
    const project = aProject();
    project.lock(pinned('gone', '0'.repeat(64)));
    const url = 'http://user:s3cr3tTOKEN@127.0.0.1:1/simple';
    const built = await project.build({
      variables: {
        ...project.options.variables,
        PIP_NO_INDEX: undefined,
        PIP_INDEX_URL: url,
        PIP_RETRIES: '0',
      },
    });
    expect(built).toMatchObject({
      ok: false,
      error: {code: 'build-failed', message: expect.stringContaining('gone==1.0: no index')},
    });
    const log = readdirSync(project.options.directory).map((name) =>
      readFileSync(join(project.options.directory, name), 'utf8'),
    );
    expect(JSON.stringify(built) + log.join('')).not.toContain('s3cr3t');
  });

  it('has the bytes that its lock names, or is not built', async () => {
    const project = aProject();
    project.package('wheel', 'good', {'good.py': ''});
    project.lock(pinned('good', '1'.repeat(64)));
    const built = await project.build();
    expect(built).toMatchObject({
      ok: false,
      error: {message: expect.stringMatching(/which the lock does not name/)},
    });
    expect(project.home()).toBe('');
  });
});

describe('a stranger’s lock', {timeout: PATIENCE}, () => {
  it('may have source packages that it names in a comment, and only where they can be confined', async () => {
    const project = aProject();
    const hash = project.package('source', 'src', {hook: ''});
    project.lock(pinned('src', hash));
    const silent = await project.build({origin: 'stranger'});
    expect(silent).toMatchObject({
      ok: false,
      error: {
        code: 'unconfined-build',
        message: expect.stringContaining('so you were not asked: src (src-1.0.tar.gz)'),
      },
    });
    project.lock(`# src-1.0.tar.gz\n${pinned('src', hash)}`);
    expect(await project.build({origin: 'stranger', sandbox: noSandbox})).toMatchObject({
      ok: false,
      error: {code: 'unconfined-build', message: expect.stringContaining('there is no sandbox')},
    });
    expect(project.home()).toBe('');
    expect(await project.build({origin: 'stranger'})).toMatchObject({ok: true});
  });

  it('says nothing of where to fetch from', async () => {
    const project = aProject();
    const hash = project.package('wheel', 'good', {'good.py': ''});
    project.lock(
      `good @ file://${project.folder}/packages/good-1.0-py3-none-any.whl --hash=sha256:${hash}\n`,
    );
    expect(await project.build({origin: 'stranger'})).toMatchObject({ok: false, error: {code: 'bad-lock'}});
    // The control: the user's own may.
    expect(await project.build()).toMatchObject({ok: true});
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const index = `--index-url http://127.0.0.1:${port}/simple\n--find-links http://127.0.0.1:${port}/links\n`;
    project.lock(`${index}${pinned('good', hash)}`);
    const variables = {
      ...project.options.variables,
      PIP_NO_INDEX: undefined,
      PIP_INDEX_URL: 'http://127.0.0.1:1/simple',
      PIP_RETRIES: '0',
    };
    expect(await project.build({origin: 'stranger', variables})).toMatchObject({ok: true});
    expect(asked).toEqual([]);
    // The control: in a user's own lock it is asked.
    project.lock(`${index}# other\n${pinned('good', hash)}`);
    await project.build({variables});
    server.close();
    expect(asked).toContain('/links');
  });
});
