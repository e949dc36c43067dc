import {urlPartOf} from '../bucket/bucket-key.ts';

/**
 * `?a=b` as it is signed: a blank is %20. (URLSearchParams writes `+`, as forms do, which some servers take for a plus.)
 */
export function queryOf(query: Readonly<Record<string, string | readonly string[] | null>>): string {
  return Object.entries(query)
    .flatMap(([name, value]) => [value ?? ''].flat().map((each) => `${urlPartOf(name)}=${urlPartOf(each)}`))
    .join('&');
}
