/**
 * The trees that the log has entries of, from its records (grammar: src/native.ts). A trust boundary: what is no record ends
 * the payload with CORRUPTION.
 */
import { VarveError } from "../errors.js";

const put = 1;
const remove = 2;

/** Adds the tree of every record of a log frame's payload. */
export function addTreeIds(payload: Uint8Array, treeIds: Set<number>): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = payload[at++];
      if (byte === undefined) throw broken(at);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw broken(at);
  };
  // Not `at += varint()`, which would add to what `at` was before the call.
  const skip = (bytes: number): void => {
    at += bytes;
  };
  while (at < payload.length) {
    const type = payload[at++];
    if (type !== put && type !== remove) throw broken(at - 1);
    treeIds.add(varint());
    skip(varint());
    if (type === put) skip(varint());
    if (at > payload.length) throw broken(at);
  }
}

function broken(offset: number): VarveError {
  return new VarveError("CORRUPTION", "a log frame has a good checksum and a broken record", { offset });
}
