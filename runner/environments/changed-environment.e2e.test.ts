import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, it, test} from 'vitest';
import {aProject, findTools, modules, PATIENCE, pinned} from './testing/a-project.ts';

findTools();

describe('a built environment', {timeout: PATIENCE}, () => {
  const CHANGES: Readonly<Record<string, (packages: string) => string>> = {
    'a longer file': (packages) => changed(packages, 'good.py', (file) => appendFileSync(file, 'x = 1\n')),
    'a file of the same size and time': (packages) =>
      changed(packages, 'good.py', (file) => {
        const {atime, mtime} = lstatSync(file);
        writeFileSync(file, 'GOOD = 2\n');
        utimesSync(file, atime, mtime);
      }),
    'one more module': (packages) =>
      changed(packages, 'sitecustomize.py', (file) => writeFileSync(file, 'x = 1\n')),
    'other byte code': (packages) =>
      changed(
        packages,
        `__pycache__/${readdirSync(join(packages, '__pycache__')).find((name) => name.startsWith('good.'))}`,
        (file) => appendFileSync(file, 'x'),
      ),
    'a module less': (packages) => changed(packages, 'good.py', (file) => rmSync(file)),
    'a link in its place': (packages) =>
      changed(packages, 'good.py', (file) => {
        renameSync(file, `${packages}/../../good.py`);
        rmSync(file, {force: true});
        execFileSync('ln', ['-s', '../../good.py', file]);
      }),
  };

  function changed(packages: string, name: string, change: (file: string) => void): string {
    const file = join(packages, name);
    for (const each of [packages, dirname(file), join(packages, '../..')]) chmodSync(each, 0o755);
    if (existsSync(file)) chmodSync(file, 0o644);
    change(file);
    return name;
  }

  test('is refused when it was changed: six ways, and a control', async () => {
    const project = aProject();
    project.lock(pinned('good', project.package('wheel', 'good', {'good.py': 'GOOD = 1\n'})));
    expect(await project.build()).toMatchObject({ok: true});
    const untouched = `${project.folder}/untouched`;
    cpSync(project.options.directory, untouched, {recursive: true, verbatimSymlinks: true});
    // The control: a copy looks different and is the same.
    expect(await project.build({directory: untouched})).toMatchObject({ok: true});
    let injected = 0;
    for (const [how, change] of Object.entries(CHANGES)) {
      const directory = join(project.folder, `changed-${injected++}`);
      cpSync(untouched, directory, {recursive: true, verbatimSymlinks: true});
      expect(await project.build({directory}), how).toMatchObject({ok: true});
      const [name = ''] = readdirSync(directory).filter((each) => /cp[\d.]+$/.test(each));
      const file = change(modules(join(directory, name)));
      expect(await project.build({directory}), how).toMatchObject({
        ok: false,
        error: {
          code: 'changed-environment',
          message: expect.stringContaining(how === 'a link in its place' ? 'good.py' : file),
        },
      });
      if (injected > 1) continue;
      expect(await project.build({directory, rebuild: true})).toMatchObject({ok: true});
      expect(await project.build({directory, verification: 'read every byte'})).toMatchObject({ok: true});
    }
    expect(injected).toBe(6);
  });

  it('can be written by nobody, and all of it is byte-compiled', async () => {
    const project = aProject();
    project.lock(
      pinned('good', project.package('wheel', 'good', {'good.py': 'GOOD = 1\n', 'deep/er/x.py': ''})),
    );
    expect(await project.build()).toMatchObject({ok: true});
    const writable = execFileSync('find', [project.home(), '-not', '-type', 'l', '-perm', '/222'], {
      encoding: 'utf8',
    });
    expect(writable).toBe('');
    const packages = modules(project.home());
    expect(readdirSync(join(packages, 'deep/er/__pycache__'))).toHaveLength(1);
    const code = readFileSync(
      join(
        packages,
        '__pycache__',
        readdirSync(join(packages, '__pycache__')).find((name) => name.startsWith('good.')) ?? '',
      ),
      'latin1',
    );
    expect(code).toContain('/environment/');
    expect(code).not.toContain(project.folder);
  });
});
