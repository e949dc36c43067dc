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
          "help": "hand it over as a param that the command does not name: the program finds all of them in request.json (REPRO_REQUEST), whatever they hold",
          "reason": "word 3 of its command holds a NUL character, which no program can be given",
        },
        {
          "help": "hand it over as a param that the command does not name: the program finds all of them in request.json (REPRO_REQUEST), whatever they hold",
          "reason": "word 3 of its command has 131072 bytes, and a program can be given 131071 in one",
        },
        {
          "help": "hand it over as a param that the command does not name: the program finds all of them in request.json (REPRO_REQUEST), whatever they hold",
          "reason": "its variable NOTE has 131077 bytes, and a program can be given 131071 in one",
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
