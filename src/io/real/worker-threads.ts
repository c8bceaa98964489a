/**
 * The pool of worker threads (piscina), made when the first job comes.
 *
 * Idle threads are kept for a while: under load a job must not pay for the start of a thread and the loading of the addon. Then they
 * end, since each keeps memory. When a thread
 * dies its job is rejected with WORKER_FAILED and piscina starts another for the jobs that follow.
 */
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { deserializeError, VarveError } from "../../errors.js";
import { native } from "../../native.js";
import type { Threads } from "../io.js";
import type { WorkerAnswer, WorkerTask } from "./worker-protocol.js";

/** How long a thread without a job is kept. */
const idleThreadMs = 3_000;
/** So long after the last thread ended its memory is given back. */
const trimDelayMs = 500;

export class WorkerThreads implements Threads {
  readonly count: number;
  #pool: Piscina<WorkerTask, WorkerAnswer> | undefined;
  #closed = false;
  #trimming: NodeJS.Timeout | undefined;
  readonly #running = new Set<Promise<unknown>>();

  constructor(count: number) {
    this.count = count;
  }

  async run(moduleUrl: string, exportName: string, spec: unknown): Promise<unknown> {
    if (this.#closed) throw new VarveError("WORKER_FAILED", "the threads are closed");
    this.#pool ??= this.#makePool();
    const answer = this.#pool.run({ moduleUrl, exportName, spec });
    this.#running.add(answer);
    try {
      return resultOf(await answer);
    } catch (cause) {
      if (cause instanceof VarveError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new VarveError("WORKER_FAILED", `the thread that ran ${exportName} failed: ${reason}`, { cause });
    } finally {
      this.#running.delete(answer);
      if (this.#running.size === 0) this.#trimLater();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#trimming);
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }

  /** What jobs used stays with the allocator otherwise, tens of megabytes of it. */
  #trimLater(): void {
    clearTimeout(this.#trimming);
    if (this.#closed) return;
    this.#trimming = setTimeout(() => native.trimMemory(), idleThreadMs + trimDelayMs).unref();
  }

  #makePool(): Piscina<WorkerTask, WorkerAnswer> {
    return new Piscina<WorkerTask, WorkerAnswer>({
      filename: fileURLToPath(new URL("./worker-entry.js", import.meta.url)),
      minThreads: 0,
      maxThreads: this.count,
      idleTimeout: idleThreadMs,
      concurrentTasksPerWorker: 1,
      // What the program's own threads import first (loaders, instrumentation) is nothing that a job needs, and each thread would pay for it.
      execArgv: [],
      // An idle thread's event loop must turn, for the completions of direct I/O that a job left behind.
      atomics: "disabled",
    });
  }
}

function resultOf(answer: WorkerAnswer): unknown {
  if ("error" in answer) throw deserializeError(answer.error);
  return answer.result;
}
