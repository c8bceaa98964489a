/**
 * Random numbers from the system's generator (node:crypto), fetched a pool at a time: one call costs a microsecond
 * however few bytes it asks for. Fit for secrets.
 */
import { randomFillSync } from "node:crypto";
import type { Random } from "../io.js";

const poolWords = 1024;

export class SystemRandom implements Random {
  readonly #pool = new Uint32Array(poolWords);
  #used = poolWords;

  nextUint32(): number {
    if (this.#used === poolWords) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const at = this.#used++;
    const word = this.#pool[at] ?? 0;
    // What was given out is not kept, so that a later leak of the pool does not tell it.
    this.#pool[at] = 0;
    return word;
  }

  bytes(count: number): Uint8Array {
    return randomFillSync(new Uint8Array(count));
  }
}
