/** What the main thread and a worker thread say to each other: one task, one answer. Both are structured clones. */
import type { SerializedError } from "../../errors.js";

export interface WorkerTask {
  moduleUrl: string;
  exportName: string;
  spec: unknown;
}

export type WorkerAnswer = { result: unknown } | { error: SerializedError };
