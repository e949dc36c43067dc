import {FetchError} from './fetch-error.ts';

/** The most bytes that a source may have: the user's to say, never the pipeline's. */
export function sourceLimit(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_BYTES;
  const [, digits = '', unit = ''] = /^(\d{1,15})([KMGT]?)$/i.exec(text) ?? [];
  if (digits === '') {
    throw new FetchError('bad-url', `REPRO_SOURCE_LIMIT is no size: ${JSON.stringify(text)}`, {
      help: 'write bytes, or a number with K, M, G or T, such as 500G',
    });
  }
  return Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' ');
}

const DEFAULT_BYTES = 2 ** 40;
