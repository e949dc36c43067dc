import type {RunEvent} from '../../schemas/event.ts';

/** Renders what happens. The only things that print are reporters. */
export interface Reporter {
  event(event: RunEvent): void;
  /** Called once, last; leaves the terminal as it was. */
  close(): void;
}

/** Where a reporter writes: standard output, a string in a test. */
export interface TextSink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Of the terminal, now. */
  size(): {readonly columns: number; readonly rows: number};
}
