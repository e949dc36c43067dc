import {setFlagsFromString} from 'node:v8';

/**
 * For a command that does nothing but transfer. It makes much garbage and keeps little, and V8 would rather let the
 * heap grow than collect: a push of 100,000 files then has 154 MB resident, and 89 with these two, in the same time.
 * Both are looked at by V8 whenever it decides how far to grow, so that they may be set at any moment.
 */
export function leanHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=10');
}
