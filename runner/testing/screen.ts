import {throughDoor} from '../report/door.ts';

/** A terminal that obeys the few things it is told: what a person would see, line by line. */
export class Screen {
  readonly isTerminal = true;
  columns = 60;
  rows = 12;
  cursorIsHidden = false;
  #lines: string[] = [''];
  #row = 0;

  size() {
    return {columns: this.columns, rows: this.rows};
  }

  /** The terminal scrolls: rows above the last `rows` can not be reached any more. */
  readonly unreachable: string[] = [];

  write(text: string): void {
    for (const [part, up] of throughDoor(text).matchAll(PARTS)) {
      if (up !== undefined) this.#up(Number(up));
      else if (part === HIDE || part === SHOW) this.cursorIsHidden = part === HIDE;
      else if (part === CLEAR_BELOW) this.#lines = [...this.#lines.slice(0, this.#row), ''];
      else if (part === '\n') this.#down();
      else if (part !== '\r' && part !== CLEAR_LINE) this.#lines[this.#row] = part;
    }
  }

  seen(): readonly string[] {
    return this.#lines.slice(0, -1);
  }

  #up(rows: number): void {
    const top = Math.max(0, this.#lines.length - this.rows);
    if (this.#row - rows < top) this.unreachable.push(`${rows} up from ${this.#row}, top is ${top}`);
    this.#row = Math.max(top, this.#row - rows);
  }

  #down(): void {
    this.#row++;
    this.#lines[this.#row] ??= '';
  }
}

const ESC = '\u001b';
const [HIDE, SHOW, CLEAR_BELOW, CLEAR_LINE] = [`${ESC}[?25l`, `${ESC}[?25h`, `${ESC}[0J`, `${ESC}[K`];
const PARTS = new RegExp(`${ESC}\\[(\\d+)A|${ESC}\\[[?0-9]*[a-zA-Z]|[\\r\\n]|[^${ESC}\\r\\n]+`, 'g');
