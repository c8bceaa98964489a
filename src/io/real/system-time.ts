/** The machine's clocks and timers. */
import type { Clock, Timer, Timers } from "../io.js";

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export const systemTimers: Timers = {
  set(delayMs: number, run: () => void): Timer {
    const timer = setTimeout(run, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
  sleep: (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs)),
  defer: (run: () => void) => void setImmediate(run),
};
