/**
 * What the targets over whole files share. Their input does not hold the file, which would be large, but what is done to it:
 *
 *   input := zones u8 | step{6 bytes each}      (mutations.ts, `mutationsOf`)
 *
 * The low two bits of `zones` say in how many zones beyond the first the file is damaged alike; bit 2, that checksums are then made right.
 */
import fc from "fast-check";
import { anyMutations, applyMutations, mutationsOf, scriptOf } from "./mutations.js";

export interface Damage {
  /** 1 to 3. */
  zones: number;
  resealed: boolean;
  apply: (file: Uint8Array) => Uint8Array;
}

export function damageOf(input: Uint8Array): Damage {
  const flags = input[0] ?? 0;
  const mutations = mutationsOf(input.subarray(1));
  return {
    zones: 1 + Math.min(2, flags & 3),
    resealed: (flags & 4) !== 0,
    apply: (file) => applyMutations(file, mutations),
  };
}

export const anyDamage: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.nat(7), anyMutations)
  .map(([flags, mutations]) => new Uint8Array(Buffer.concat([Buffer.of(flags), scriptOf(mutations)])));
