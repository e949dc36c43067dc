import {expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {Plan} from '../../schemas/plan.ts';
import {chooseStyle} from './style.ts';
import {type LockWords, trustQuestionText} from './trust-text.ts';

/** What the question says of one environment. */
function said(lock: Partial<LockWords>): string {
  const environments = new Map([['bare', {type: 'python', lock: '/p/l.txt', installer: 'pip'} as const]]);
  const plan = {name: 'tiny', profile: 'default', stages: [], environments, sources: new Map()};
  const words: LockWords = {
    packages: 3,
    sources: [],
    ignored: [],
    hasWarmer: false,
    isConfined: true,
    ...lock,
  };
  const text = trustQuestionText(
    {
      place: 'x',
      content: digestOfBytes(''),
      plan: plan as unknown as Plan,
      signed: 'signed by nobody',
      sandbox: 'confined to scratch folders',
      code: {files: 1, bytes: 1},
      directory: '/p',
      locks: new Map([['bare', words]]),
    },
    chooseStyle({NO_COLOR: '1'}, false),
  );
  return text.slice(text.indexOf('It installs'), text.indexOf('It brings'));
}

it('the question names all that an environment would run, and what of its lock is not done', () => {
  expect(said({})).toMatchInlineSnapshot(`
    "It installs 3 packages, pinned by hash, from where your pip finds packages (environment bare).
    "
  `);
  expect(
    said({
      sources: ['pycosat', 'zss\u001b[2J'],
      ignored: ['--index-url https://evil.example/simple'],
      hasWarmer: true,
    }),
  ).toMatchInlineSnapshot(`
    "It installs 3 packages, pinned by hash, from where your pip finds packages (environment bare).
      2 of them are built from source, which runs code of its own, confined and without network: pycosat, zss·[2J
      Its lock says where to fetch from, which is not done: --index-url https://evil.example/simple
      A warm.py lies beside its lock: it is not run.
    "
  `);
  expect(said({packages: 1, sources: ['zss'], isConfined: false})).toMatchInlineSnapshot(`
    "It installs 1 package, pinned by hash, from where your pip finds packages (environment bare).
      1 of them is built from source, which runs code of its own, refused here, for there is no sandbox to build in: zss
    "
  `);
});
