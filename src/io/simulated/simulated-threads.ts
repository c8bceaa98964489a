/**
 * The worker threads of the simulated world: jobs run in this thread, interleaved with everything else by the seed.
 *
 * Spec and result are structured clones, as they are between real threads, and errors cross in their serialized form. A
 * "fail" fault on a job is the death of its thread: after a seeded number of further I/O calls none of them
 * completes and the job is rejected with WORKER_FAILED.
 */
import { deserializeError, serializeError, VarveError } from "../../errors.js";
import type { Io, Job, Threads } from "../io.js";
import type { Caller } from "./calls.js";
import { effectOf } from "./calls.js";
import type { Fault, Faults } from "./faults.js";
import type { Scheduler } from "./scheduler.js";
import type { SeededRandom } from "./seeded-random.js";

export interface ThreadsSurroundings {
  count: number;
  scheduler: Scheduler;
  random: SeededRandom;
  faults: Faults;
  /** The Io of one more thread of the process. */
  ioFor: (caller: Caller) => Io;
}

interface QueuedJob {
  moduleUrl: string;
  exportName: string;
  spec: unknown;
  resolve: (result: unknown) => void;
  reject: (error: VarveError) => void;
}

export class SimulatedThreads implements Threads {
  readonly count: number;
  readonly #surroundings: ThreadsSurroundings;
  readonly #queue: QueuedJob[] = [];
  #running = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(surroundings: ThreadsSurroundings) {
    this.count = surroundings.count;
    this.#surroundings = surroundings;
  }

  async run(moduleUrl: string, exportName: string, spec: unknown): Promise<unknown> {
    if (this.#closed) throw new VarveError("WORKER_FAILED", "the threads are closed");
    const cloned: unknown = structuredClone(spec);
    return new Promise((resolve, reject) => {
      this.#queue.push({ moduleUrl, exportName, spec: cloned, resolve, reject });
      this.#startNext();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running + this.#queue.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #startNext(): void {
    if (this.#running >= this.count) return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    this.#running++;
    const { scheduler, random, faults } = this.#surroundings;
    const acting = faults.match("job", [job.exportName]);
    const delayMs = 0.05 + random.fraction() * 0.2 + (effectOf(acting, "delay")?.delayMs ?? 0);
    const start = (): void => {
      scheduler.schedule(delayMs, `job ${job.exportName}`, () => this.#start(job, acting));
    };
    const hang = acting.find((fault) => fault.rule.effect.kind === "hang");
    if (hang === undefined) start();
    else hang.hold(start);
  }

  /** Returns when the module is there and the job is on its way. */
  async #start(job: QueuedJob, acting: readonly Fault[]): Promise<void> {
    const { random, ioFor } = this.#surroundings;
    const dies = effectOf(acting, "fail") !== undefined;
    const caller: Caller = { stopped: false, callsLeft: dies ? random.below(20) : Infinity };
    let run: Job<unknown, unknown> | undefined;
    try {
      const module = (await import(job.moduleUrl)) as Record<string, unknown>;
      if (typeof module[job.exportName] === "function") run = module[job.exportName] as Job<unknown, unknown>;
    } catch (error) {
      this.#end(job, () => job.reject(deserializeError(serializeError(error))));
      return;
    }
    if (run === undefined) {
      const message = `${job.moduleUrl} exports no function ${job.exportName}`;
      this.#end(job, () => job.reject(new VarveError("WORKER_FAILED", message)));
      return;
    }
    this.#follow(job, caller, dies, Promise.resolve(run(job.spec, ioFor(caller))));
  }

  #follow(job: QueuedJob, caller: Caller, dies: boolean, outcome: Promise<unknown>): void {
    if (dies) {
      const died = (): void => {
        caller.stopped = true;
        job.reject(new VarveError("WORKER_FAILED", `the thread that ran ${job.exportName} died`));
      };
      const deathMs = this.#surroundings.random.fraction() * 5;
      this.#surroundings.scheduler.schedule(deathMs, `death of ${job.exportName}`, () => this.#release(died));
      outcome.catch(() => undefined);
      return;
    }
    outcome
      .then((result) => structuredClone(result))
      .then(
        (result) => this.#end(job, () => job.resolve(result)),
        (error: unknown) => this.#end(job, () => job.reject(deserializeError(serializeError(error)))),
      );
  }

  #end(job: QueuedJob, settle: () => void): void {
    const { scheduler, random } = this.#surroundings;
    scheduler.schedule(random.fraction() * 0.05, `job ${job.exportName} ended`, () => this.#release(settle));
  }

  #release(settle: () => void): void {
    this.#running--;
    settle();
    this.#startNext();
    if (this.#running + this.#queue.length === 0) for (const resume of this.#idle.splice(0)) resume();
  }
}
