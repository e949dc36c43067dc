import {oneLine} from '../../report/lines.ts';
import {cursor} from '../../report/seal.ts';
import type {World} from './world.ts';

/** One line on a terminal that says how far it is, at most ten times a second; nothing where nobody looks. */
export function byteProgress<T>({err, now}: Pick<World, 'err' | 'now'>, words: (progress: T) => string) {
  let shownAt = 0;
  let shown = false;
  return {
    show(progress: T): void {
      if (!err.isTerminal || now() - shownAt < 100) return;
      shownAt = now();
      shown = true;
      err.write(`${cursor.toLineStart}${cursor.clearLine}${oneLine(words(progress))}`);
    },
    end(): void {
      if (shown) err.write(cursor.toLineStart + cursor.clearLine);
      shown = false;
    },
  };
}
