import {describe, expect, it} from 'vitest';
import {isTest, sourceFiles} from './source-files.ts';

/**
 * Opening what may be a FIFO waits for ever, and reading what may be a device never ends. So files are read through
 * artifacts/files/small-file.ts and artifacts/files/open-regular-file.ts, and what isn't says here why it need not be.
 */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'artifacts/files/small-file.ts': 'the door',
  'artifacts/files/open-regular-file.ts': 'the door for files of any size',
  'artifacts/hashing.ts': 'opens without blocking, and hashes what openers gave it',
  'artifacts/files/mount-points.ts': '/proc',
  'artifacts/disk/stage-file.ts': 'a descriptor that the door opened; objects that were looked at',
  'artifacts/files/durable-directory.ts': 'to flush, without reading',
  'artifacts/memory/memory-store.ts': 'a descriptor that the door opened',
  'artifacts/receipts/disk-receipts.ts': 'a descriptor that the door opened',
  'reproduce.ts': '/proc',
  'runner/opening/world/ask-person.ts': '/dev/tty',
  'runner/opening/world/process-owner.ts': '/proc',
  'runner/commands/setup/schema.ts': 'of the installation',
  'runner/executors/local/control-groups.ts': '/proc and /sys',
  'runner/hardware/cpu-facts.ts': '/proc',
  'runner/hardware/gpus.ts': '/proc',
  'runner/sources/git-blob.ts': 'a file that was downloaded a moment ago',
};

const READS = /\b(?:readFileSync|readFile|createReadStream)\s*\(|\bopenSync\([^()]*,\s*'r\+?'\)/;

const product = sourceFiles().filter(({path}) => !isTest(path));
const others = product.filter(({text}) => READS.test(text)).map(({path}) => path);

describe('files are read through one door', () => {
  it('or the list says why not', () => {
    expect(others.filter((path) => !(path in ELSEWHERE))).toEqual([]);
  });

  it('and the list names nothing that is gone', () => {
    const known = new Set(product.map(({path}) => path));
    expect(Object.keys(ELSEWHERE).filter((path) => !known.has(path))).toEqual([]);
  });

  it('which would be noticed', () => {
    for (const text of ["readFileSync(path, 'utf8')", "openSync(path, 'r')", 'await readFile(path)'])
      expect(READS.test(text)).toBe(true);
  });
});
