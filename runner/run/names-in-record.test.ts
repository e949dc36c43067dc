import {join, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';
import {checkPath} from '../../artifacts/path-rules.ts';
import fc from '../../artifacts/testing/properties.ts';
import {namesInRecord} from './names-in-record.ts';

function named(root: string, ...paths: readonly string[]): readonly string[] {
  return paths.map(namesInRecord(root, paths));
}

describe('what files are called in a record', () => {
  it('is their path in the project', () => {
    expect(named('/home/ada/x', '/home/ada/x/p.yaml', '/home/ada/x/a/b.yaml', '/home/ada/x')).toEqual([
      'p.yaml',
      'a/b.yaml',
      expect.stringMatching(/^elsewhere\/[0-9a-f]{12}\/x$/),
    ]);
  });

  it('begins where the files outside begin, and tells nothing of the folders between', () => {
    expect(named('/home/ada/secret/x', '/home/ada/secret/x/p.yaml', '/home/ada/locks/a.txt')).toEqual([
      'up/project/p.yaml',
      'locks/a.txt',
    ]);
    expect(named('/h/x', '/h/x/p.yaml', '/h/a.txt', '/h/project/b.txt')).toEqual([
      'project~/p.yaml',
      'a.txt',
      'project/b.txt',
    ]);
  });

  it('is no path at all for what is reached from the root only, or can’t be in a tree', () => {
    expect(named('/srv/x', '/srv/x/p.yaml', '/home/ada/a.txt', '/srv/x/a:b.yaml')).toEqual([
      'p.yaml',
      expect.stringMatching(/^elsewhere\/[0-9a-f]{12}\/a\.txt$/),
      expect.stringMatching(/^elsewhere\/[0-9a-f]{12}\/a_b\.yaml$/),
    ]);
  });

  it('always fits a tree, is told apart, and keeps what leads from one file to another', () => {
    const folder = fc.array(fc.constantFrom('a', 'b', 'project', 'up', '..x', 'c:d'), {maxLength: 4});
    const path = folder.map((parts) => `/h/${[...parts, 'f'].join('/')}`);
    fc.assert(
      fc.property(folder, fc.uniqueArray(path, {minLength: 2}), (root, paths) => {
        const names = named(`/h/r/${root.join('/')}`, ...paths);
        expect(new Set(names).size).toBe(paths.length);
        for (const name of names) expect(checkPath(name).ok).toBe(true);
      }),
    );
    const [from = '', to = ''] = named('/h/ada/x', '/h/ada/x/q/p.yaml', '/h/locks/a.txt');
    expect(resolve('/', join(from, '..', '../../../locks/a.txt'))).toBe(resolve('/', to));
  });
});
