import type {Rig} from './rig.ts';

/**
 * What a command printed, without what differs between two machines and two moments: times, digests,
 * names of runs, the folder of the test. Colours become words.
 */
export function normalise(text: string, rig: Rig): string {
  return text
    .replaceAll(rig.root, '<root>')
    .replaceAll(/\d{8}T\d{6}Z(-\d+)?/g, '<time>')
    .replaceAll(/ *\b\d+\.\d s\b/g, ' <seconds>')
    .replaceAll(/sha256:[0-9a-f]{64}/g, '<digest>')
    .replaceAll(/\b[0-9a-f]{8}\b/g, '<short>')
    .replaceAll(ESCAPES, (_, code) => `<${code}>`);
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[([0-9;?]*[A-Za-z])`, 'g');
