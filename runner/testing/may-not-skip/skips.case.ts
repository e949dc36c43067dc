import {expect, it} from 'vitest';

it('runs', () => {
  expect(1 + 1).toBe(2);
});

it('is skipped by its context', (context) => {
  context.skip(true, 'NOT TESTED: what it needs is not here');
});

it.skipIf(true)('is skipped before it begins', () => undefined);
