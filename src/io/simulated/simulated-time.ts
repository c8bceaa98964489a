/**
 * The clock and the timers of the simulated world. Time passes only from event to event; a test may make the
 * wall clock jump, which the monotonic clock does not show.
 */
import type { Clock, Timer, Timers } from "../io.js";
import type { Caller } from "./calls.js";
import type { ScheduledEvent, Scheduler } from "./scheduler.js";
import type { SeededRandom } from "./seeded-random.js";

/** 2026-01-01T00:00:00Z, when every simulated world begins. */
const epochMs = 1_767_225_600_000;

export class SimulatedClock implements Clock {
  readonly #scheduler: Scheduler;
  #offsetMs: number;

  constructor(scheduler: Scheduler, startMs = epochMs) {
    this.#scheduler = scheduler;
    this.#offsetMs = startMs;
  }

  nowMs(): number {
    return Math.floor(this.#offsetMs + this.#scheduler.nowMs);
  }

  monotonicMs(): number {
    return this.#scheduler.nowMs;
  }

  /** Moves the wall clock, forward or back. */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }
}

export class SimulatedTimers implements Timers {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #caller: Caller;

  constructor(scheduler: Scheduler, random: SeededRandom, caller: Caller) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#caller = caller;
  }

  set(delayMs: number, run: () => void): Timer {
    const event = this.#schedule(this.#late(delayMs), "timer", run);
    return { cancel: () => this.#scheduler.cancel(event) };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#schedule(this.#late(delayMs), "sleep", resolve));
  }

  defer(run: () => void): void {
    this.#schedule(0, "defer", run);
  }

  /** Timers fire a little late, as they do. */
  #late(delayMs: number): number {
    return delayMs + this.#random.fraction() * 0.1;
  }

  #schedule(delayMs: number, label: string, run: () => void): ScheduledEvent {
    return this.#scheduler.schedule(delayMs, label, () => {
      if (!this.#caller.stopped) run();
    });
  }
}
