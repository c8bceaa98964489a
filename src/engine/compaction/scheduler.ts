/**
 * The compaction scheduler: keeps asking `choose` what to do and has it done, several compactions at once, until nothing is left.
 *
 * One worker thread is left to flushes where there are two or more. While a plan is carried out its inputs are pinned. A failed job is
 * told (job-failed), its files are left alone for a growing while, and other work goes on. Manual compaction (`compactAll`) takes its
 * trees for itself one after the other. Owned by the store, on its thread.
 */
import { VarveError } from "../../errors.js";
import type { Timer } from "../../io/io.js";
import type { StoreContext } from "../context.js";
import { Deferred } from "../deferred.js";
import type { VersionSet } from "../manifest/version-set.js";
import type { Version } from "../manifest/version.js";
import { parseFileName } from "../zones/file-names.js";
import { BackOff } from "./back-off.js";
import { choose, chooseFull } from "./choose.js";
import { FileNumbers } from "./file-numbers.js";
import { type CompactionDebt, compactionDebt, isLoad } from "./level-scores.js";
import { Pacer, writeDelayMs } from "./pacer.js";
import { type CompactionPlan, planFiles } from "./plan.js";
import { runPlan } from "./run-plan.js";

/** From so many memtables on that wait for their flush, compactions that can wait give way to it. */
const flushesFirst = 2;

export interface SchedulerParts {
  context: StoreContext;
  versions: VersionSet;
  /** No reader needs a version that is hidden by another at or below this sequence number. */
  oldestReadSequence: () => number;
  /** How many memtables wait for their flush. */
  flushesWaiting: () => number;
}

/** What compaction is behind by in a version. */
interface Owed {
  version: Version;
  debt: CompactionDebt;
  delayMs: number;
  isLoad: boolean;
}

/** A tree to be merged into one run. */
interface FullRequest {
  treeId: number;
  done: Deferred;
}

export class CompactionScheduler {
  private readonly running = new Map<CompactionPlan, Promise<void>>();
  private readonly cursors = new Map<number, (Uint8Array | undefined)[]>();
  private readonly backOff = new BackOff();
  private readonly fileNumbers: FileNumbers;
  private readonly pacer: Pacer;
  /** Oldest first; the first is being worked on. */
  private readonly fullRequests: FullRequest[] = [];
  /** Trees about to be dropped. */
  private readonly quiet = new Set<number>();
  private idleWaiters: Deferred[] = [];
  private lastOwed: Owed | undefined;
  private retryTimer: Timer | undefined;
  private started = false;
  private closed = false;

  constructor(private readonly parts: SchedulerParts) {
    const { options, takeFileNumber } = parts.context;
    this.fileNumbers = new FileNumbers(() => takeFileNumber());
    this.pacer = new Pacer(options);
  }

  /** Begins to work. */
  start(): void {
    this.started = true;
    this.poke();
  }

  /** Looks for work; to be called whenever the version changed. */
  poke(): void {
    if (!this.started || this.closed) return;
    while (this.running.size < this.mostJobs()) {
      const plan = this.nextPlan();
      if (plan === undefined) break;
      this.begin(plan);
    }
    this.updatePace();
    this.awaitRetry();
    if (this.running.size === 0 && this.fullRequests.length === 0) this.endWaiting();
  }

  /** Resolves when nothing is running and nothing can be done now; work that failed and waits for its next try does not count. */
  idle(): Promise<void> {
    const waiter = new Deferred();
    this.idleWaiters.push(waiter);
    if (!this.started || this.closed) this.endWaiting();
    else this.poke();
    return waiter.promise;
  }

  /** Merges the tree, or every tree, into one sorted run each. Rejects with the error of a job that fails. */
  async compactAll(treeId?: number): Promise<void> {
    const trees = treeId === undefined ? [...this.parts.versions.current.trees.keys()] : [treeId];
    const requests = trees.map((id) => ({ treeId: id, done: new Deferred() }));
    if (this.closed) throw closedError();
    this.fullRequests.push(...requests);
    this.poke();
    await Promise.all(requests.map(({ done }) => done.promise));
  }

  /** Starts nothing more for the tree, which is about to be dropped, and waits for what is running. */
  async quiesce(treeId: number): Promise<void> {
    this.quiet.add(treeId);
    const running = [...this.running].filter(([plan]) => plan.treeId === treeId);
    await Promise.all(running.map(([, work]) => work));
  }

  /** How many compactions are under way. */
  get runningCount(): number {
    return this.running.size;
  }

  /** How much each write is to be delayed so that compaction keeps up. */
  pressure(): { delayMs: number } {
    return { delayMs: this.owed().delayMs };
  }

  /** Ends running jobs at their next step and waits for them; their work is lost, not their inputs. */
  async close(): Promise<void> {
    this.closed = true;
    this.retryTimer?.cancel();
    this.pacer.cancel();
    await Promise.all(this.running.values());
    for (const { done } of this.fullRequests.splice(0)) done.reject(closedError());
    this.endWaiting();
  }

  private mostJobs(): number {
    const { io, options } = this.parts.context;
    return Math.max(1, Math.min(io.threads.count, options.workerThreads) - 1);
  }

  private nextPlan(): CompactionPlan | undefined {
    return this.nextFullPlan() ?? this.nextOrdinaryPlan();
  }

  private nextOrdinaryPlan(): CompactionPlan | undefined {
    const { versions, context, oldestReadSequence } = this.parts;
    return choose(versions.current, context.options, {
      running: [...this.running.keys()],
      avoid: this.backOff.avoided(context.io.clock.monotonicMs()),
      avoidTrees: new Set([...this.quiet, ...this.fullRequests.map(({ treeId }) => treeId)]),
      cursors: this.cursors,
      oldestReadSequence: oldestReadSequence(),
    });
  }

  /** The plan of the oldest request whose tree is at rest; requests that need nothing are done. */
  private nextFullPlan(): CompactionPlan | undefined {
    const { versions, context } = this.parts;
    const busyTrees = new Set(Array.from(this.running.keys(), (plan) => plan.treeId));
    for (const request of this.fullRequests.filter(({ treeId }) => !busyTrees.has(treeId))) {
      const plan = this.quiet.has(request.treeId)
        ? undefined
        : chooseFull(versions.current, request.treeId, context.options);
      if (plan !== undefined) return plan;
      this.endRequests(request.treeId, (done) => done.resolve());
    }
    return undefined;
  }

  private begin(plan: CompactionPlan): void {
    const work = this.carryOut(plan).finally(() => {
      this.running.delete(plan);
      this.poke();
    });
    this.running.set(plan, work);
  }

  /** Never rejects. */
  private async carryOut(plan: CompactionPlan): Promise<void> {
    const pin = this.parts.versions.pin();
    try {
      await runPlan({ ...this.parts, fileNumbers: this.fileNumbers, pace: this.pacer.shared }, plan);
      this.succeeded(plan);
    } catch (error) {
      this.failed(plan, error);
    } finally {
      pin.release();
    }
  }

  private succeeded(plan: CompactionPlan): void {
    this.backOff.forget(planFiles(plan).map((file) => file.number));
    if (plan.reason === "manual") this.endRequests(plan.treeId, (done) => done.resolve());
    const [upper] = plan.inputs;
    if (plan.reason !== "level-size" || upper === undefined) return;
    const cursors = this.cursors.get(plan.treeId) ?? [];
    cursors[upper.level] = upper.files.at(-1)?.largestKey;
    this.cursors.set(plan.treeId, cursors);
  }

  private failed(plan: CompactionPlan, error: unknown): void {
    if (this.closed) return;
    const { events, io } = this.parts.context;
    events.jobFailed("compaction", error);
    this.backOff.fail(filesAtFault(plan, error), io.clock.monotonicMs());
    if (plan.reason === "manual") this.endRequests(plan.treeId, (done) => done.reject(error));
  }

  private endRequests(treeId: number, end: (done: Deferred) => void): void {
    for (const request of this.fullRequests.filter((candidate) => candidate.treeId === treeId)) {
      this.fullRequests.splice(this.fullRequests.indexOf(request), 1);
      end(request.done);
    }
  }

  /** Looks again when the first of the files that are left alone may be tried. */
  private awaitRetry(): void {
    this.retryTimer?.cancel();
    const { clock, timers } = this.parts.context.io;
    const waitMs = this.backOff.nextTryMs(clock.monotonicMs());
    this.retryTimer = waitMs === undefined ? undefined : timers.set(Math.ceil(waitMs) + 1, () => this.poke());
  }

  /** To be called when the number of memtables that wait changed; whatever else it depends on is looked at by `poke`. */
  updatePace(): void {
    const owed = this.owed();
    this.pacer.update(owed.debt, this.running.size, owed.isLoad && this.parts.flushesWaiting() >= flushesFirst);
  }

  /** Computed once a version: every write asks. */
  private owed(): Owed {
    const { current } = this.parts.versions;
    if (this.lastOwed?.version === current) return this.lastOwed;
    const { options } = this.parts.context;
    const debt = compactionDebt(current, options);
    const delayMs = writeDelayMs(debt, options);
    return (this.lastOwed = { version: current, debt, delayMs, isLoad: isLoad(current, options) });
  }

  private endWaiting(): void {
    for (const waiter of this.idleWaiters.splice(0)) waiter.resolve();
  }
}

/** The file that an error names, if it is one of the plan's; else all of them. */
function filesAtFault(plan: CompactionPlan, error: unknown): number[] {
  const numbers = planFiles(plan).map((file) => file.number);
  const name = error instanceof VarveError && error.code === "CORRUPTION" ? error.path?.split("/").at(-1) : undefined;
  const named = name === undefined ? undefined : parseFileName(name)?.number;
  return named !== undefined && numbers.includes(named) ? [named] : numbers;
}

function closedError(): VarveError {
  return new VarveError("STORE_CLOSED", "the store is closed");
}
