import {describe, expect, it} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import {publicRemote} from './public-remote.ts';

const T = 's3cr3tTOKENx';

/** What a remote may look like, and what of it a record shows. */
const REMOTES: readonly (readonly [remote: string, shown: string | null])[] = [
  ['https://github.com/o/r.git', 'https://github.com/o/r.git'],
  ['HTTPS://GitHub.com/o/r', 'https://github.com/o/r'],
  ['https://github.com:8443/o/r/', 'https://github.com:8443/o/r/'],
  ['git@github.com:o/r.git', 'git@github.com:o/r.git'],
  ['ssh://git@github.com/o/r', 'ssh://git@github.com/o/r'],
  ['ssh://git@git.lab.example:2222/o/r', 'ssh://git@git.lab.example:2222/o/r'],
  ['ssh://ada@git.lab.example/o/r', 'ssh://git.lab.example/o/r'],
  ['ada@git.lab.example:o/r', 'git.lab.example:o/r'],
  ['git://host.example/r', 'git://host.example/r'],
  ['https://git.sr.ht/~ada/r', 'https://git.sr.ht/~ada/r'],
  [`https://user:${T}@github.com/o/r`, 'https://github.com/o/r'],
  [`https://${T}@github.com/o/r.git`, 'https://github.com/o/r.git'],
  [`https://:${T}@github.com/o/r.git`, 'https://github.com/o/r.git'],
  [`https://user:p@${T}@github.com/o/r`, 'https://github.com/o/r'],
  [`HTTPS://user:${T}@github.com/o/r`, 'https://github.com/o/r'],
  [`hTtP://user:${T}@github.com/o/r`, 'http://github.com/o/r'],
  [`https://user:%73${T}%40@github.com/o/r`, 'https://github.com/o/r'],
  [`https://github.com/o/r?private_token=${T}`, 'https://github.com/o/r'],
  [`https://github.com/o/r?access_token=${T}`, 'https://github.com/o/r'],
  [`https://github.com/o/r#${T}`, 'https://github.com/o/r'],
  [`git+https://u:${T}@h.example/r`, 'git+https://h.example/r'],
  [`ssh://user:${T}@host.example/o/r`, 'ssh://host.example/o/r'],
  [`ssh+git://user:${T}@host.example/o/r`, 'ssh+git://host.example/o/r'],
  [`git+ssh://${T}@host.example/o/r`, 'git+ssh://host.example/o/r'],
  [`https://user:a/${T}@github.com/o/r`, null],
  [`https://user:8/${T}@github.com/o/r`, null],
  [`https://user/${T}@github.com/o/r`, null],
  [`https://user:a?${T}@github.com/o/r`, null],
  [`https://user:a#${T}@github.com/o/r`, null],
  [`https://user:a\\${T}@github.com/o/r`, null],
  [`https:///${T}@github.com/o/r`, null],
  [`https:////user:${T}@github.com/o/r`, null],
  [`https:/user:${T}@github.com/o/r`, null],
  [`https:user:${T}@github.com/o/r`, null],
  [`https://github.com:${T}/o/r`, null],
  [`https://github.com/o/r%3Ftoken=${T}`, null],
  [`https://github.com/${T}%40x/r`, null],
  [`https://github.com/o/r:${T}`, null],
  [`https://github.com/o/r;${T}`, null],
  [`https://github.com/ghp_${T}/r`, null],
  [`https://host.example/a1${'b'.repeat(40)}/r`, null],
  [`user:${T}@host:o/r`, null],
  [`user:${T}@host.example:o/r`, null],
  [`${T}@host.example:o/r`, 'host.example:o/r'],
  [`host.example:${T}@o/r`, null],
  [`host.example:o/r?token=${T}`, null],
  [`ext::sh -c ${T}`, null],
  [`helper::https://user:${T}@host.example/r`, null],
  [`https::https://user:${T}@host.example/r`, null],
  [`h2://u:${T}@h/r`, null],
  [`git+file:///home/ada/${T}`, null],
  [`file:///home/ada/${T}`, null],
  [`/home/ada/${T}/r.git`, null],
  [`../${T}/r.git`, null],
  [`~/r-${T}`, null],
  [`C:\\Users\\ada\\${T}`, null],
  [`C:/Users/ada/${T}`, null],
  [`host.example:/home/ada/${T}`, null],
  [`ssh://host.example/home/ada/${T}`, null],
  [`work:o/${T}`, null],
  [` https://user:${T}@github.com/o/r`, null],
  [`https://user:${T}@github.com/o/r\n`, null],
  [`https://user:${T}@github.com/\u202er`, null],
  ['', null],
];

describe('what a record shows of a remote', () => {
  it(`is right for ${REMOTES.length} spellings`, () => {
    const wrong = REMOTES.map(([remote, shown]) => ({remote, shown, is: publicRemote(remote)}));
    expect(wrong.filter(({shown, is}) => shown !== is)).toEqual([]);
    expect(wrong.filter(({is}) => is?.includes(T))).toEqual([]);
    expect(publicRemote(undefined)).toBeNull();
  });

  it('never holds what stands before an @, or after a ? or #', () => {
    const piece = fc.string({unit: fc.constantFrom(...'ab1/:@?#%.\\[]'), maxLength: 6});
    const scheme = fc.constantFrom('https://', 'ssh://', 'git+https://', 'HTTP://', '');
    fc.assert(
      fc.property(scheme, piece, piece, piece, (start, before, middle, after) => {
        const shown = publicRemote(`${start}${before}${T}${middle}@h.example${after}`) ?? '';
        expect(shown).not.toContain(T);
        const behind = publicRemote(`${start}h.example/r${middle}?${before}${T}${after}`) ?? '';
        expect(behind).not.toContain(T);
      }),
      {numRuns: 5000, seed: 20_261_128},
    );
  });
});
