import {chmodSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {noSandbox} from '../sandbox/no-sandbox.ts';
import {environmentName} from './built-environment.ts';
import {hostEnvironment} from './host-environment.ts';
import {askInterpreter, findInterpreter} from './interpreter.ts';
import {pythonEnvironment, pythonIdentity} from './python-environment.ts';

/** A PATH with programs that print these words, as a Python would when it is asked for itself. */
function pathWith(programs: Readonly<Record<string, string>>): string {
  const path = temporaryDirectory();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

const says = (version: string) => `printf "%s\\n" "$0" ${version} /prefix`;

/** Makes environments of nothing, and says of itself what a Python says. */
function fakePython(version: string, first = 'true'): string {
  const packages = '"$5/lib/python3.11/site-packages/pip"';
  const venv = `${first}; mkdir -p "$5/bin" ${packages}; touch "$5/pyvenv.cfg"; printf "#!/bin/sh\\n" > "$5/bin/python"; chmod 755 "$5/bin/python"`;
  return `case "$*" in *venv*) ${venv};; *) ${says(version)};; esac`;
}

describe('the interpreter', () => {
  it('is the first supported one on the path, whatever it is called', async () => {
    const found = async (programs: Readonly<Record<string, string>>) =>
      (await findInterpreter(pathWith(programs)))?.version;
    expect(await found({'python3.11': says('3.11'), 'python3.12': says('3.12')})).toBe('3.11');
    expect(await found({'python3.12': says('3.12'), python3: says('3.13')})).toBe('3.12');
    expect(await found({python3: says('3.13'), python: says('3.12')})).toBe('3.12');
    expect(await found({python3: says('3.13')})).toBeUndefined();
    // A version manager's shim: it is there, and refuses.
    expect(
      await found({
        'python3.11': 'echo "pyenv: python3.11: command not found" >&2; exit 127',
        'python3.12': says('3.12'),
      }),
    ).toBe('3.12');
    expect(await found({})).toBeUndefined();
  });

  it('is known by its real path', async () => {
    const path = pathWith({real: says('3.11')});
    symlinkSync(join(path, 'real'), join(path, 'python3.11'));
    expect(await askInterpreter('python3.11', path)).toEqual({
      executable: realpathSync(join(path, 'real')),
      version: '3.11',
      prefix: '/prefix',
    });
  });
});

describe('a lock', () => {
  it('and the version of Python are what an environment is known by, before it is built', async () => {
    const folder = temporaryDirectory();
    const [lock, directory] = [join(folder, 'lock.txt'), join(folder, 'environments')];
    writeFileSync(lock, '# lock');
    const path = pathWith({python3: says('3.12')});
    expect(await pythonIdentity({lock, directory, path, origin: 'own'})).toEqual({
      ok: true,
      value: {type: 'python', lock: digestOfBytes('# lock'), python: '3.12'},
    });
    expect(readdirSync(folder)).toEqual(['lock.txt']);
    expect(
      await pythonIdentity({lock: join(folder, 'absent'), directory, path, origin: 'own'}),
    ).toMatchObject({
      ok: false,
      error: {code: 'no-lock'},
    });
    expect(await pythonIdentity({lock, directory, path: pathWith({}), origin: 'own'})).toMatchObject({
      ok: false,
      error: {code: 'no-interpreter'},
    });
  });
});

describe('building an environment', () => {
  const options = (path: string, lock: string) => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'lock.txt'), lock);
    const directory = join(folder, 'environments');
    return {
      lock: join(folder, 'lock.txt'),
      origin: 'own',
      directory,
      path,
      owner: 'boot.1.2',
      variables: {PATH: '/usr/bin:/bin'},
      sandbox: noSandbox,
      programs: folder,
      onBuild: () => undefined,
      onWarning: () => undefined,
    } as const;
  };

  it('is refused where there is no Python or the lock locks nothing', async () => {
    expect(await pythonEnvironment(options(pathWith({}), ''))).toMatchObject({
      error: {code: 'no-interpreter'},
    });
    expect(await pythonEnvironment(options(pathWith({python3: says('3.11.7')}), 'a==1'))).toMatchObject({
      error: {code: 'unhashed-lock'},
    });
  });

  it('that fails leaves its words in a log, and nothing under the name of an environment', async () => {
    const python = `case "$*" in *venv*) echo no venv here; exit 3;; *) ${says('3.11')};; esac`;
    const asked = options(pathWith({python3: python}), '');
    const built = await pythonEnvironment(asked);
    expect(built).toMatchObject({
      ok: false,
      error: {code: 'build-failed', message: expect.stringContaining('no venv here')},
    });
    expect(readdirSync(asked.directory).filter((name) => !name.endsWith('.log'))).toEqual([]);
  });

  it('is done once: a complete one is opened, a half-built one and somebody’s growing one are not', async () => {
    const path = pathWith({python3: fakePython('3.11.7')});
    let builds = 0;
    const asked = {...options(path, ''), onBuild: () => void builds++};
    const name = environmentName(digestOfBytes(''), '3.11.7');
    for (const other of [`boot.9.9~${name}`, environmentName(digestOfBytes(''), '3.12.1')])
      mkdirSync(join(asked.directory, other), {recursive: true});
    writeFileSync(join(asked.directory, `boot.9.9~${name}/repro-complete.json`), '{}');
    const first = await pythonEnvironment(asked);
    expect(first).toMatchObject({ok: true, value: {python: {in: 'home'}}});
    expect(await pythonEnvironment(asked)).toEqual(first);
    expect(builds).toBe(1);
  });

  it('may be done by two at the same time: both get it', async () => {
    const path = pathWith({python3: fakePython('3.11.7', 'sleep 0.1')});
    const asked = options(path, '');
    const built = await Promise.all(
      [1, 2, 3, 4].map((i) => pythonEnvironment({...asked, owner: `boot.${i}.2`})),
    );
    expect(built.map(({ok}) => ok)).toEqual([true, true, true, true]);
    expect(readdirSync(asked.directory).filter((name) => !/\.(log|looks)$/.test(name))).toHaveLength(1);
  });
});

describe('the host’s own environment', () => {
  it('is known by its packages, and opened where it is', async () => {
    const python = (packages: string) =>
      `case "$*" in *importlib*) echo '{"python": "3.13", "packages": [${packages}]}';; *) ${says('3.13')};; esac`;
    const identityWith = async (packages: string) => {
      const opened = await hostEnvironment(pathWith({python3: python(packages)}));
      expect(opened).toMatchObject({ok: true, value: {python: {in: 'host'}}});
      return opened.ok ? opened.value.identity : undefined;
    };
    const one = await identityWith('["torch", "2.13.0"]');
    expect(await identityWith('["torch", "2.13.0"]')).toEqual(one);
    expect(await identityWith('["torch", "2.13.1"]')).not.toEqual(one);
    expect(await hostEnvironment(pathWith({}))).toMatchObject({ok: false, error: {code: 'no-interpreter'}});
  });
});
