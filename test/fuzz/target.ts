/**
 * A fuzz target: one decoder, what valid bytes of it are, and what must hold of any bytes.
 *
 * `check` throws when a promise is broken: another exception than the typed ones, wrong data, an answer that does not agree with an oracle. It
 * ends by itself on any input; a decoder that does not is found by the time that runs are given.
 */
import assert from "node:assert/strict";
import type fc from "fast-check";
import { VarveError, type ErrorCode } from "../../src/errors.js";

export interface FuzzTarget {
  name: string;
  /** The compiled files, below dist/src/, whose branches guide the search. */
  covers: readonly string[];
  /** Inputs that the decoder takes. */
  valid: fc.Arbitrary<Uint8Array>;
  /** What is written comes back: run by fast-check. */
  roundTrip: fc.IRawProperty<unknown>;
  check: (input: Uint8Array) => void | Promise<void>;
  /** Runs of each property in the tests; default 300. A target that opens a store takes milliseconds a run. */
  runs?: number;
  close?: () => Promise<void>;
}

/** The codes with which a decoder may refuse bytes. */
const refusals: readonly ErrorCode[] = ["CORRUPTION", "FORMAT_NEWER"];

/** What the decoder gives, or undefined when it refuses with a typed error; any other exception goes on. */
export function decoded<Value>(decode: () => Value, check?: (error: VarveError) => void): Value | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof VarveError) || !refusals.includes(error.code)) throw error;
    check?.(error);
    return undefined;
  }
}

/** The refusal names an offset in the bytes. */
export function namesOffset(length: number): (error: VarveError) => void {
  return ({ code, offset, message }) => {
    if (code !== "CORRUPTION") return;
    assert.ok(
      Number.isInteger(offset) && offset! >= 0 && offset! <= length,
      `${message}: offset ${offset} of ${length}`,
    );
  };
}

export function sameBytes(a: Uint8Array, b: Uint8Array, message: string): void {
  assert.ok(Buffer.compare(a, b) === 0, message);
}
