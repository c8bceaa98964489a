/**
 * Which files compaction leaves alone for a while because a job over them failed: twice as long after each failure, up to a bound. So
 * one bad file neither stops the other work nor is tried in a hot loop. Owned by the scheduler.
 */
export const firstBackOffMs = 1_000;
export const longestBackOffMs = 5 * 60_000;

interface Failure {
  count: number;
  untilMs: number;
}

export class BackOff {
  private readonly failures = new Map<number, Failure>();

  /** Notes a failure over these files; returns how long they are left alone. */
  fail(fileNumbers: Iterable<number>, nowMs: number): number {
    let longestMs = 0;
    for (const fileNumber of fileNumbers) {
      const count = (this.failures.get(fileNumber)?.count ?? 0) + 1;
      const delayMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (count - 1));
      this.failures.set(fileNumber, { count, untilMs: nowMs + delayMs });
      longestMs = Math.max(longestMs, delayMs);
    }
    return longestMs;
  }

  /** Files that are gone or were compacted after all. */
  forget(fileNumbers: Iterable<number>): void {
    for (const fileNumber of fileNumbers) this.failures.delete(fileNumber);
  }

  /** The files to leave alone now. */
  avoided(nowMs: number): Set<number> {
    const avoided = new Set<number>();
    for (const [fileNumber, { untilMs }] of this.failures) if (untilMs > nowMs) avoided.add(fileNumber);
    return avoided;
  }

  /** How long until the first file may be tried again; undefined when none waits. */
  nextTryMs(nowMs: number): number | undefined {
    const waits = Array.from(this.failures.values(), ({ untilMs }) => untilMs - nowMs).filter((waitMs) => waitMs > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }
}
