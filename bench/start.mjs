// Start-up against a bare Node.
import {interleave, table, time} from './measure.mjs';

export const needs = [];

export function measure() {
  const medians = interleave(15, {
    'node -e 0': () => time(['node', '-e', '0']),
    'repro --version (bundle)': () => time(['node', 'dist/repro.mjs', '--version']),
    './repro --version (with the wrapper)': () => time(['./repro', '--version']),
    'repro --help': () => time(['node', 'dist/repro.mjs', '--help']),
  });
  table('start-up', 'ms', medians, {
    'repro --version (bundle)': '2 x',
    './repro --version (with the wrapper)': '2 x',
  });
}
