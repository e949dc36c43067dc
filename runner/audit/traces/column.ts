/** One number a step, from 1 on, where there is one: eight bytes a step. */
export class Column {
  #values = new Float64Array(64);
  #there = new Uint8Array(64);

  set(step: number, value: number): void {
    if (step > this.#values.length) this.#grow(step);
    this.#values[step - 1] = value;
    this.#there[step - 1] = 1;
  }

  get(step: number): number | undefined {
    return this.#there[step - 1] === 1 ? this.#values[step - 1] : undefined;
  }

  #grow(step: number): void {
    const length = Math.max(step, this.#values.length * 2);
    const [values, there] = [this.#values, this.#there];
    this.#values = new Float64Array(length);
    this.#there = new Uint8Array(length);
    this.#values.set(values);
    this.#there.set(there);
  }
}
