import {expect, test} from 'vitest';
import {closest, suggestion} from './suggest.ts';

test('a typo finds the word that was meant', () => {
  expect(closest('modle', ['log', 'model'])).toBe('model');
  expect(closest('learningrate', ['steps', 'learning_rate'])).toBe('learning_rate');
});

test('case and separators count less than letters', () => {
  expect(closest('N', ['s', 'n'])).toBe('n');
  expect(closest('learning-rate', ['learning_rates', 'learning_rate'])).toBe('learning_rate');
  expect(closest('LearningRat', ['steps', 'learning_rate'])).toBe('learning_rate');
  expect(closest('n', ['s', 'm'])).toBeUndefined();
});

test('what is nothing like any word finds none, and hears what there is', () => {
  expect(closest('temperature', ['model', 'log'])).toBeUndefined();
  expect(suggestion('temperature', ['model', 'log'])).toBe('there are: model, log');
  expect(suggestion('temperature', [], 'there is nothing')).toBe('there is nothing');
});
