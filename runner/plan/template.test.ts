// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are the subject.
import {expect, test} from 'vitest';
import {parseTemplate} from './template.ts';

test('a reference is names joined by dots, with labels in brackets', () => {
  expect(parseTemplate('${rl.2.evaluate[aime24, 0.5].report}')).toEqual([
    {
      type: 'reference',
      text: 'rl.2.evaluate[aime24, 0.5].report',
      segments: [
        {name: 'rl', labels: undefined},
        {name: '2', labels: undefined},
        {name: 'evaluate', labels: ['aime24', '0.5']},
        {name: 'report', labels: undefined},
      ],
    },
  ]);
});

test('text around references stays, and $${ is ${', () => {
  const parts = parseTemplate('a ${b} $${c} $ {d} ${e}$');
  expect(
    'type' in parts ? parts : parts.map((part) => (part.type === 'text' ? part.text : `<${part.text}>`)),
  ).toEqual(['a ', '<b>', ' ${c} $ {d} ', '<e>', '$']);
});

test.for(['${', '${a', '${}', '${a.}', '${.a}', '${a b}', '${a[b}', '${a]}', '${a.${b}}'])(
  '%s is bad',
  (text) => {
    expect(parseTemplate(text)).toMatchObject({type: 'bad'});
  },
);
