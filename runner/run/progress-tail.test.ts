import {execFileSync} from 'node:child_process';
import {appendFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {progressTail} from './progress-tail.ts';

const progress = (step: number) => `{"step":${step},"total":9,"metrics":{"loss":0.5,"note":"x"}}\n`;

function aFile(): string {
  return join(temporaryDirectory(), 'progress.jsonl');
}

it('tells the newest whole line, once', () => {
  const file = aFile();
  const tail = progressTail(file);
  expect(tail.latest()).toBeUndefined();
  appendFileSync(file, progress(1) + progress(2));
  expect(tail.latest()).toEqual({step: 2, total: 9, metrics: {loss: 0.5}});
  expect(tail.latest()).toBeUndefined();
});

it('waits for a line to be whole', () => {
  const file = aFile();
  const tail = progressTail(file);
  appendFileSync(file, progress(1).slice(0, 10));
  expect(tail.latest()).toBeUndefined();
  appendFileSync(file, progress(1).slice(10));
  expect(tail.latest()?.step).toBe(1);
});

it('keeps its place after bytes that are no text', () => {
  const file = aFile();
  const tail = progressTail(file);
  writeFileSync(file, Buffer.from([0xff, 0xfe, 0xff, 10]));
  expect(tail.latest()).toBeUndefined();
  appendFileSync(file, progress(1));
  expect(tail.latest()?.step).toBe(1);
  appendFileSync(file, progress(2));
  expect(tail.latest()?.step).toBe(2);
});

it('is up to date with a stage that floods it, and outlives an endless line', () => {
  const file = aFile();
  const tail = progressTail(file);
  writeFileSync(file, progress(1).repeat(10_000) + progress(2));
  expect(tail.latest()?.step).toBe(2);
  appendFileSync(file, 'x'.repeat(200_000));
  expect(tail.latest()).toBeUndefined();
  appendFileSync(file, `\n${progress(3)}`);
  expect(tail.latest()?.step).toBe(3);
});

it('takes what is no progress for none', () => {
  const file = aFile();
  const tail = progressTail(file);
  for (const line of ['{', 'null', '[]', '{"step":"1"}', '\n', '{"step":null}']) {
    appendFileSync(file, `${line}\n`);
    expect(tail.latest()).toBeUndefined();
  }
  appendFileSync(file, '{"step":3,"total":"many","metrics":[1]}\n');
  expect(tail.latest()).toEqual({step: 3, total: null, metrics: {0: 1}});
});

it('takes numbers that JSON has no word for as the texts that metrics write, and no other text', () => {
  const file = aFile();
  writeFileSync(
    file,
    '{"step":1,"metrics":{"loss":"NaN","a":"Infinity","b":"-Infinity","c":"nan","d":"1","e":2}}\n',
  );
  expect(progressTail(file).latest()?.metrics).toEqual({loss: 'NaN', a: 'Infinity', b: '-Infinity', e: 2});
});

it('follows no link, and does not wait for who might write to a FIFO', () => {
  const elsewhere = aFile();
  writeFileSync(elsewhere, progress(1));
  const link = aFile();
  symlinkSync(elsewhere, link);
  expect(progressTail(link).latest()).toBeUndefined();
  const fifo = aFile();
  execFileSync('mkfifo', [fifo]);
  expect(progressTail(fifo).latest()).toBeUndefined();
});
