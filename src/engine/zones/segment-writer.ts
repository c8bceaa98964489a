import { VarveError, type SerializedError } from "../../errors.js";
import type { Io } from "../../io/io.js";

/** Plain data, so that it crosses into a worker. */
export interface SegmentWriterSpec {
  zones: { index: number; path: string }[];
  direct: boolean;
  quorum: number;
  graceMs: number;
  hangMs: number;
}

export interface SegmentWriteResult {
  sizeBytes: number;
  zones: { index: number; error?: SerializedError }[];
}

export class SegmentWriter {
  static async create(_io: Io, _spec: SegmentWriterSpec, _fileName: string): Promise<SegmentWriter> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async append(_bytes: Uint8Array): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async finish(): Promise<SegmentWriteResult> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async abandon(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
}
