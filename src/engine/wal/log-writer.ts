import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";

export interface LogGroup {
  buffer: Uint8Array;
  payloadEnd: number;
  firstSequence: number;
  count: number;
  sync: boolean;
}

export class LogWriter {
  onReady: () => void = () => undefined;
  onDurable: () => void = () => undefined;
  onFailed: (error: VarveError) => void = () => undefined;
  readonly fileNumber!: number;
  readonly appendedBytes!: number;
  readonly canAppend!: boolean;
  static async open(
    _context: StoreContext,
    _after: { lastFrameChecksum: number; lastSequence: number },
  ): Promise<LogWriter> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  takeBuffer(_leastPayloadBytes: number): Uint8Array {
    throw new VarveError("INVARIANT", "not built yet");
  }
  append(_group: LogGroup): void {
    throw new VarveError("INVARIANT", "not built yet");
  }
  durableSequence(_durability: "quorum" | "all"): number {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async release(_firstNeededNumber: number): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async rotate(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async sync(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async close(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
}
