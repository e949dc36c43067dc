import {describe, expect, it} from 'vitest';
import type {FileReader} from '../load/file-reader.ts';
import {chooseStores} from './choose-stores.ts';

const world = {directory: '/project', variables: {HOME: '/home/ada'}};
const usual = '/cache/store';

function reader(text?: string): FileReader {
  const there = (path: string) => text !== undefined && path === '/home/ada/.config/repro/stores.yaml';
  return {
    read: (path) => (there(path) ? Buffer.from(text ?? '') : 'missing'),
    kindOf: (path) => (there(path) ? 'file' : 'missing'),
    list: () => [],
  };
}

const LAB = 'stores: {lab: {url: s3://lab}, shelf: {url: /shelf}}\n';

/** `local + remote`, or the error's message. */
function chosen(
  words: readonly string[],
  {alias, text, store}: {alias?: string; text?: string; store?: string} = {},
): string {
  const variables = {...world.variables, ...(store !== undefined && {REPRO_STORE: store})};
  const result = chooseStores({words, alias, usual}, {...world, variables}, reader(text));
  if (!result.ok) return result.error.message;
  const {local, remote, warnings} = result.value;
  return [local, remote?.url ?? 'nothing', ...warnings.map(({message}) => message)].join(' + ');
}

describe('choosing stores', () => {
  it('takes the usual folder and no remote', () => {
    expect(chosen([])).toBe('/cache/store + nothing');
  });

  it('takes a folder and a bucket, in any order, one of each', () => {
    expect(chosen(['./here', 's3://lab'])).toBe('/project/here + s3://lab');
    expect(chosen(['s3://lab', './here'])).toBe('/project/here + s3://lab');
    expect(chosen(['./here', './there'])).toBe('--store ./there: there is one of this sort already');
    expect(chosen(['s3://one', 's3://two'])).toBe('--store s3://two: there is one of this sort already');
    expect(chosen(['file:///x'])).toBe('/x + nothing');
  });

  it('goes by command line, then environment, then pipeline, then configuration', () => {
    const text = `default: lab\n${LAB}`;
    expect(chosen([], {text})).toBe('/cache/store + s3://lab');
    expect(chosen(['s3://other'], {text})).toBe('/cache/store + s3://other');
    expect(chosen(['./here'], {text})).toBe('/project/here + s3://lab');
    expect(chosen([], {text, store: 's3://env'})).toBe('/cache/store + s3://env');
    expect(chosen(['local'], {text})).toBe('/cache/store + nothing');
    expect(chosen([], {text, store: 'local'})).toBe('/cache/store + nothing');
    expect(chosen([], {text: LAB, alias: 'lab'})).toBe('/cache/store + s3://lab');
    expect(chosen([], {text: LAB, alias: 'shelf'})).toBe('/shelf + nothing');
  });

  it('goes on without a store that the reader never configured, and says so', () => {
    expect(chosen([], {alias: 'lab'})).toBe(
      '/cache/store + nothing + the pipeline names the store "lab", which you have not configured',
    );
  });
});
