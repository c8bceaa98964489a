/**
 * The time of a simulated world: a queue of events in the order of their simulated time, ties in the order in
 * which they were scheduled.
 *
 * Nothing happens between events but the program's own microtasks, which `step` lets run dry by a real setImmediate.
 * An event that returns a promise (the import of a job's module, which takes real time) holds the world still until it
 * settles, so that real time never decides an order. Owned by one world; one thread.
 */

export interface ScheduledEvent {
  readonly atMs: number;
  readonly label: string;
}

interface QueuedEvent extends ScheduledEvent {
  readonly sequence: number;
  /** undefined: cancelled, and nothing that it held is kept alive. */
  run: (() => unknown) | undefined;
}

/** Cancelled events stay in the queue until they are more than half of it, and more than so many. */
const keptCancellations = 64;

function isBefore(left: QueuedEvent, right: QueuedEvent): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.sequence < right.sequence);
}

/** Resolves when the microtasks and the immediates queued so far have run. */
export function realTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class Scheduler {
  #nowMs = 0;
  #sequence = 0;
  /** A binary heap. */
  #queue: QueuedEvent[] = [];
  #cancelled = 0;
  readonly #onEvent: (event: ScheduledEvent) => void;

  /** `onEvent` sees every event before it runs. */
  constructor(onEvent: (event: ScheduledEvent) => void) {
    this.#onEvent = onEvent;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** When the next event is due; undefined when there is none. */
  get nextAtMs(): number | undefined {
    while (this.#queue.length > 0 && this.#queue[0]?.run === undefined) {
      this.#pop();
      this.#cancelled--;
    }
    return this.#queue[0]?.atMs;
  }

  schedule(delayMs: number, label: string, run: () => unknown): ScheduledEvent {
    const event: QueuedEvent = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      label,
      sequence: this.#sequence++,
      run,
    };
    this.#push(event);
    return event;
  }

  /** Takes back an event that `schedule` returned; no effect once it ran. */
  cancel(event: ScheduledEvent): void {
    const queued = event as QueuedEvent;
    if (queued.run === undefined) return;
    queued.run = undefined;
    this.#cancelled++;
    if (this.#cancelled > keptCancellations && 2 * this.#cancelled > this.#queue.length) this.#sweep();
  }

  /** Lets simulated time pass without an event. */
  advanceTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  /** Runs the next event and all that it set off; false when there was none. */
  async step(): Promise<boolean> {
    if (this.nextAtMs === undefined) return false;
    const event = this.#pop() as QueuedEvent;
    this.#nowMs = event.atMs;
    this.#onEvent(event);
    const { run } = event;
    event.run = undefined;
    await run?.();
    await realTurn();
    return true;
  }

  #sweep(): void {
    const left = this.#queue.filter((event) => event.run !== undefined);
    this.#queue = [];
    this.#cancelled = 0;
    for (const event of left) this.#push(event);
  }

  #push(event: QueuedEvent): void {
    const queue = this.#queue;
    let at = queue.length;
    queue.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = queue[parent] as QueuedEvent;
      if (isBefore(above, event)) break;
      queue[at] = above;
      at = parent;
    }
    queue[at] = event;
  }

  #pop(): QueuedEvent | undefined {
    const queue = this.#queue;
    const first = queue[0];
    const last = queue.pop();
    if (first === undefined || last === undefined || queue.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      const right = queue[child + 1];
      if (right !== undefined && isBefore(right, queue[child] as QueuedEvent)) child++;
      const below = queue[child] as QueuedEvent;
      if (isBefore(last, below)) break;
      queue[at] = below;
      at = child;
    }
    queue[at] = last;
    return first;
  }
}
