import {expect, it} from 'vitest';
import {readPublishedCode} from '../../audit/published-code.ts';
import {aPublication} from '../../audit/testing/a-publication.ts';
import {planPublished} from './plan-published.ts';

it('plans what was published, and asks this repro only for kinds that were not run', async () => {
  const {bucket, record} = await aPublication();
  const source = await readPublishedCode(bucket, record);
  if (source === undefined) throw new Error('no source');
  expect(planPublished(record, source)).toMatchObject({ok: true});
  const bare = {...source, contracts: new Map()};
  expect(planPublished(record, bare)).toEqual({ok: false, error: 'there is no kind of stage called `fit`'});
  const asked: string[] = [];
  const own = (kind: string) => {
    asked.push(kind);
    return kind === 'fit' ? source.contracts.get('builtin:fit') : undefined;
  };
  expect(planPublished(record, bare, own)).toMatchObject({ok: true});
  expect(new Set(asked)).toEqual(new Set(['fit']));
  asked.length = 0;
  planPublished(record, source, own);
  expect(asked, 'what was published is not asked for').toEqual([]);
});
