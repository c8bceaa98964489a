import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";

export class SegmentReader {
  readonly sizeBytes!: number;
  static async open(_context: StoreContext, _fileName: string, _expectedBytes?: number): Promise<SegmentReader> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async read(
    _offset: number,
    _length: number,
    _verify: (bytes: Uint8Array) => boolean,
    _preferredZone?: number,
  ): Promise<Uint8Array> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  readSync(
    _offset: number,
    _length: number,
    _verify: (bytes: Uint8Array) => boolean,
    _preferredZone?: number,
  ): Uint8Array {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async close(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
}
