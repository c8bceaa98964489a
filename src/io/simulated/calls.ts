/**
 * The I/O calls of a simulated world: each is counted, meets the injected faults, takes a seeded time, and
 * completes as an event.
 *
 * A call of a stopped caller (a dead thread, or any in a halted world) never completes and changes nothing. A call that
 * changes names may take effect when it starts or when it completes, as the seed decides: a crash in
 * between finds it done or not.
 */
import { VarveError } from "../../errors.js";
import { ioError } from "../io-error.js";
import type { CallKind, Fault, FaultEffect, Faults } from "./faults.js";
import type { ByteRun, Inode } from "./inode.js";
import type { Scheduler } from "./scheduler.js";
import type { SeededRandom } from "./seeded-random.js";

/** A thread of the simulated process. */
export interface Caller {
  stopped: boolean;
  /** How many more calls it makes before it stops; Infinity unless its death is planned. */
  callsLeft: number;
}

export interface Request<T> {
  kind: CallKind;
  paths: readonly string[];
  /** The typical time of the call. */
  typicalMs: number;
  /** Whether it may take effect when it starts; else it does when it completes. */
  mayActEarly?: boolean;
  /** The effect. Errors thrown are the call's errors. */
  act: (faults: readonly Fault[]) => T;
  /** What a call that fails does all the same. */
  failing?: (errno: string) => void;
  /** What a lost call answers; without it a "lose" has no effect on the kind. */
  lost?: () => T;
}

type Outcome<T> = { value: T } | { error: Error };

/** The first effect of a kind among the faults. */
export function effectOf<K extends FaultEffect["kind"]>(
  faults: readonly Fault[],
  kind: K,
): Extract<FaultEffect, { kind: K }> | undefined {
  const fault = faults.find((candidate) => candidate.rule.effect.kind === kind);
  return fault?.rule.effect as Extract<FaultEffect, { kind: K }> | undefined;
}

export class Calls {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #faults: Faults;
  /** Calls begun so far. */
  count = 0;
  /** The world halts at the call after this many. */
  limit = Infinity;
  halted = false;
  /** The first misuse of the seam that the world saw, such as a buffer changed under a write. */
  violation: VarveError | undefined;
  readonly inFlight = new Map<Inode, ByteRun[]>();

  constructor(scheduler: Scheduler, random: SeededRandom, faults: Faults) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#faults = faults;
  }

  perform<T>(caller: Caller, request: Request<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const faults = this.#enter(caller, request.kind, request.paths);
      if (faults === undefined) return;
      const hangs = faults.filter((fault) => fault.rule.effect.kind === "hang");
      const early = request.mayActEarly === true && hangs.length === 0 && this.#random.chance(0.5);
      const earlyOutcome = early ? this.#attempt(request, faults) : undefined;
      const delayMs = this.#latencyMs(request.typicalMs) + (effectOf(faults, "delay")?.delayMs ?? 0);
      const complete = (): void => {
        if (caller.stopped) return;
        const outcome = earlyOutcome ?? this.#attempt(request, faults);
        if ("value" in outcome) resolve(outcome.value);
        else reject(outcome.error);
      };
      this.#afterHangs(hangs, () => {
        this.#scheduler.schedule(delayMs, `${request.kind} ${request.paths.join(" ")}`, complete);
      });
    });
  }

  /** A call that blocks the thread: no time passes, no other event runs. */
  performSync<T>(caller: Caller, request: Omit<Request<T>, "typicalMs">): T {
    const faults = this.#enter(caller, request.kind, request.paths);
    if (faults === undefined) throw new VarveError("ABORTED", "the simulated process has ended");
    if (effectOf(faults, "hang")) throw ioError("ETIMEDOUT", request.kind, request.paths.join(" "));
    const outcome = this.#attempt({ ...request, typicalMs: 0 }, faults);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  violate(message: string, path: string): void {
    this.violation ??= new VarveError("INVARIANT", `invariant violated: ${message}`, { path });
  }

  #enter(caller: Caller, kind: CallKind, paths: readonly string[]): readonly Fault[] | undefined {
    if (this.count >= this.limit) this.halted = true;
    if (this.halted || caller.stopped) return undefined;
    if (caller.callsLeft-- <= 0) {
      caller.stopped = true;
      return undefined;
    }
    this.count++;
    return this.#faults.match(kind, paths);
  }

  #attempt<T>(request: Request<T>, faults: readonly Fault[]): Outcome<T> {
    try {
      const failure = effectOf(faults, "fail");
      if (failure !== undefined) {
        request.failing?.(failure.errno);
        throw ioError(failure.errno, request.kind, request.paths.join(" "));
      }
      if (request.lost !== undefined && effectOf(faults, "lose")) return { value: request.lost() };
      return { value: request.act(faults) };
    } catch (error) {
      // Only VarveErrors and bugs' TypeErrors are thrown here.
      return { error: error as Error };
    }
  }

  /** Around the typical time, now and then ten times as much. */
  #latencyMs(typicalMs: number): number {
    const spread = 0.5 + this.#random.fraction();
    return typicalMs * spread * (this.#random.chance(0.01) ? 10 : 1);
  }

  #afterHangs(hangs: readonly Fault[], run: () => void): void {
    const [first, ...rest] = hangs;
    if (first === undefined) run();
    else first.hold(() => this.#afterHangs(rest, run));
  }
}
