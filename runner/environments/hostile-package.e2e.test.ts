import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {linksOf, oddityIn} from './grown-environment.ts';
import {aProject, findTools, PATIENCE, pinned} from './testing/a-project.ts';

findTools();

/** What a build tool's code does to the environment that grows, by the time something is installed after it. */
const ATTACKS: Readonly<Record<string, string>> = {
  'its notes, which lead to a file of the user’s': 'os.symlink(VICTIM + "/rc", E + "/repro-manifest.txt")',
  'its settings, which lead there':
    'os.remove(E + "/pyvenv.cfg"); os.symlink(VICTIM + "/rc", E + "/pyvenv.cfg")',
  'its programs, which are the user’s':
    'os.rename(E + "/bin", E + "/b"); os.symlink(VICTIM + "/bin", E + "/bin")',
};

function allOf(folder: string): unknown {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .sort()
    .map((name) => [name, statSync(join(folder, name)).mode, textOf(join(folder, name))]);
}

function textOf(path: string): string {
  return statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
}

it.for(Object.entries(ATTACKS))(
  'a build tool replaces %s: refused, nothing outside is touched',
  {timeout: PATIENCE},
  async ([, attack]) => {
    const project = aProject();
    const victim = join(project.folder, 'victim');
    mkdirSync(join(victim, 'bin'), {recursive: true});
    writeFileSync(join(victim, 'rc'), 'precious\n');
    writeFileSync(join(victim, 'bin/x'), '#!/a/environment/bin/python\nprecious\n', {mode: 0o755});
    const before = allOf(victim);
    const code = `
import os
E, VICTIM = "/repro/environment", ${JSON.stringify(victim)}
if os.path.isdir(E + "/lib"):
    ${attack}
`;
    const evil = project.package('wheel', 'evil', {'evil.pth': 'import evilcode\n', 'evilcode.py': code});
    const source = pinned('src', project.package('source', 'src', {hook: ''}));
    project.lock(`${pinned('evil', evil)}# repro: build tools above\n# src-1.0.tar.gz\n${source}`);
    const built = await project.build({origin: 'stranger'});
    expect(allOf(victim)).toEqual(before);
    expect(built).toMatchObject({
      ok: false,
      error: {code: 'build-failed', message: expect.stringContaining('a package did more than packages may')},
    });
    expect(project.home()).toBe('');
  },
);

it('says what is odd in an environment that has grown', () => {
  const home = temporaryDirectory();
  for (const folder of ['bin', 'lib/python3.11/site-packages'])
    mkdirSync(join(home, folder), {recursive: true});
  writeFileSync(join(home, 'pyvenv.cfg'), '');
  symlinkSync('/usr/bin/python3', join(home, 'bin/python'));
  const links = linksOf(home);
  writeFileSync(join(home, 'lib/a.py'), '');
  expect(oddityIn(home, links)).toBeUndefined();
  symlinkSync('/etc', join(home, 'lib/etc'));
  expect(oddityIn(home, links)).toBe('"lib/etc" is a symbolic link');
  expect(oddityIn(home, linksOf(home))).toBeUndefined();
  writeFileSync(join(home, 'repro-complete.json'), '');
  expect(oddityIn(home, linksOf(home))).toBe('repro-complete.json is a name of repro’s own');
  rmSync(join(home, 'repro-complete.json'));
  const other = temporaryDirectory();
  symlinkSync(home, join(other, 'environment'));
  expect(oddityIn(join(other, 'environment'), links)).toBe('the environment itself is gone');
  rmSync(join(home, 'lib/etc'));
  writeFileSync(Buffer.concat([Buffer.from(`${home}/bin/`), Buffer.from([0xff])]), '');
  expect(oddityIn(home, links)).toBe('"bin/\uFFFD" is not UTF-8');
});
