/**
 * The loop of every benchmark: operations in order, so many under way, some or all of them timed.
 *
 * An operation that is done when it returns gives undefined and costs no promise and no turn of the event loop; one that gives a promise is awaited.
 */
import { performance } from "node:perf_hooks";
import type { Latency } from "./latency.js";

export type Operation = (index: number) => Promise<unknown> | undefined;

/** Calls `operation(i)` for every i below `count`, `inFlight` at a time. */
export async function drive(count: number, inFlight: number, operation: Operation, latency?: Latency): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      if (latency === undefined || index % latency.every !== 0) {
        const pending = operation(index);
        if (pending !== undefined) await pending;
      } else {
        const startMs = performance.now();
        const pending = operation(index);
        if (pending !== undefined) await pending;
        latency.record(performance.now() - startMs);
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/** How long `phase` took, in seconds. */
export async function timed(phase: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await phase();
  return (performance.now() - startMs) / 1000;
}
