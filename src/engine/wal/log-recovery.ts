import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";

export interface RecoveredLogFile {
  number: number;
  firstSequence: number;
  lastSequence: number;
}

export interface RecoveredLog {
  lastSequence: number;
  lastFrameChecksum: number;
  files: RecoveredLogFile[];
}

export type OnFrame = (payload: Uint8Array, firstSequence: number, count: number, fileNumber: number) => void;

export async function recoverLog(
  _context: StoreContext,
  _firstLogNumber: number,
  _onFrame: OnFrame,
): Promise<RecoveredLog> {
  throw new VarveError("INVARIANT", "not built yet");
}
