/**
 * The only importer of the native addon: its one typed interface.
 *
 * The addon is built from native/ into build/Release/varve.node. Every class here is an object of C++ behind one flat
 * call a method; who owns which bytes is said at each method. Arguments of the wrong type throw a TypeError; misuse
 * after `close()` throws too. Constants that both languages use are compared when the addon is loaded.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { VarveError } from "./errors.js";

/** Bytes of a key or a value; a string stands for its UTF-8 bytes. */
export type Bytes = Uint8Array | string;

export interface NativeAddon {
  /** CRC-32C of the bytes whose checksum is `seed`, followed by `bytes`. */
  crc32c(bytes: Uint8Array, seed?: number): number;
}

function load(): NativeAddon {
  // From dist/src/native.js the root of the package is two folders up.
  const path = fileURLToPath(new URL("../../build/Release/varve.node", import.meta.url));
  try {
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (cause) {
    throw new VarveError(
      "NATIVE_UNAVAILABLE",
      "the native addon is not built for this platform; `npm run build` makes it",
      { cause, path },
    );
  }
}

export const native: NativeAddon = load();
