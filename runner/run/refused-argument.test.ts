import {describe, expect, it} from 'vitest';
import {failureText} from '../report/failure-text.ts';
import {refusedArgument} from './refused-argument.ts';

const document = (word: string, variables = {}) => ({command: ['sh', '-c', word], variables});

describe('what no program can be given', () => {
  it('is told by where it stands, with another way to hand it over', () => {
    const refusals = [
      refusedArgument(document('a\0b')),
      refusedArgument(document('ü'.repeat(65536))),
      refusedArgument(document('x', {NOTE: 'y'.repeat(131_072)})),
    ];
    const told = refusals.map((failure) => failure && failureText(failure));
    expect(told).toMatchInlineSnapshot(`
      [
        {
          "help": "leave it out of the command: the program finds its params in request.json (REPRO_REQUEST), whatever they hold",
          "reason": "word 3 of its command holds a NUL character, which no program can be given",
        },
        {
          "help": "leave it out of the command: the program finds its params in request.json (REPRO_REQUEST), whatever they hold",
          "reason": "word 3 of its command is too long: 131.1 kB, and a program can be given 131 kB at most in one",
        },
        {
          "help": "leave it out of the command: the program finds its params in request.json (REPRO_REQUEST), whatever they hold",
          "reason": "its variable NOTE is too long: 131.1 kB, and a program can be given 131 kB at most in one",
        },
      ]
    `);
  });

  it('is nothing that fits', () => {
    expect(refusedArgument(document('a'.repeat(131_071)))).toBeUndefined();
    expect(refusedArgument(document('', {NOTE: 'y'.repeat(131_066)}))).toBeUndefined();
    expect(refusedArgument(document('', {NOTE: 'y'.repeat(131_067)}))).toMatchObject({bytes: 131_072});
  });
});
