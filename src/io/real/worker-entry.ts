/**
 * What runs in each worker thread: piscina calls the default export once a job.
 *
 * The thread has one `Io` of its own, made for its first job. A job's failure is an answer, not a rejection, because a
 * rejection would cross the thread boundary without its code.
 */
import { serializeError, VarveError } from "../../errors.js";
import type { Io, Job } from "../io.js";
import { realIo } from "./real-io.js";
import type { WorkerAnswer, WorkerTask } from "./worker-protocol.js";

let io: Io | undefined;

export default async function runTask(task: WorkerTask): Promise<WorkerAnswer> {
  try {
    const module = (await import(task.moduleUrl)) as Record<string, unknown>;
    const job = module[task.exportName];
    if (typeof job !== "function") {
      throw new VarveError("WORKER_FAILED", `${task.moduleUrl} exports no function ${task.exportName}`);
    }
    io ??= realIo();
    return { result: await (job as Job<unknown, unknown>)(task.spec, io) };
  } catch (error) {
    return { error: serializeError(error) };
  }
}
