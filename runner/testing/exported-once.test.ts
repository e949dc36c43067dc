import {describe, expect, it} from 'vitest';
import {isTest, sourceFiles} from './source-files.ts';

/** Names that more than one file may export, and why no other word would do. */
const EXPLAINED: Readonly<Record<string, string>> = {};

const EXPORTED =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;

/** Which files export a name; a type and a constant of one file are one name. */
function exporters(): ReadonlyMap<string, ReadonlySet<string>> {
  const all = new Map<string, Set<string>>();
  for (const {path, text} of sourceFiles().filter(({path}) => !isTest(path))) {
    for (const [, name = ''] of text.matchAll(EXPORTED)) {
      all.set(name, (all.get(name) ?? new Set()).add(path));
    }
  }
  return all;
}

const doubled = [...exporters()].filter(([, files]) => files.size > 1);

describe('an exported name', () => {
  it('is exported by one file: who searches for it, or jumps to it, ends at one meaning', () => {
    const unexplained = doubled.filter(([name]) => !(name in EXPLAINED));
    expect(unexplained.map(([name, files]) => `${name}: ${[...files].join(', ')}`)).toEqual([]);
    expect(exporters().size).toBeGreaterThan(1000);
  });

  it('is explained only while two files export it', () => {
    expect(Object.keys(EXPLAINED).filter((name) => !doubled.some(([one]) => one === name))).toEqual([]);
  });
});
