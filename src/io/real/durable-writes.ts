/**
 * Durable writes in groups: which of them may share one flush, and the bound on how long a slow one holds up the rest.
 *
 * A shared flush is right only where all files are on one device and each write overwrites blocks in place
 * (`OpenDescriptor.writtenBytes`): then the flush of one file's device makes the data of all durable. A group whose writes are not all
 * done after `slowWriteMs` stops sharing: what is written is flushed at once, the rest each on its own.
 */
import { ioError } from "../io-error.js";
import { blockBytes, type DurableWrite } from "../io.js";
import { Eagerness } from "./eagerness.js";
import { type NativeEngine, nativeEngine } from "./native-engine.js";
import { RealFile } from "./real-file.js";

/** Checked by one timer, so that the bound holds to within the same again. */
const slowWriteMs = 5;
/** Groups that take longer are slept for. */
const longestLookMs = 1;
/** What one native call takes. */
const maximumGroup = 16;
/** Devices that the engine has a lane for. */
const maximumDevices = 64;

interface DirectWrite {
  file: RealFile;
  position: number;
  from: Uint8Array;
}

interface RunningGroup {
  slot: number;
  startedMs: number;
  shared: boolean;
  /** Its results are looked for, not slept for. */
  eager: boolean;
  unsettled: number;
}

async function writeThenSync({ file, position, from }: DurableWrite): Promise<void> {
  await file.write(position, from);
  await file.sync();
}

function isDirect(write: DurableWrite): write is DirectWrite {
  return write.file instanceof RealFile && write.file.direct && write.position % blockBytes === 0;
}

/** The device of all, if one flush is enough for them. */
function sharedDevice(writes: readonly DirectWrite[]): number | undefined {
  const deviceId = writes[0]?.file.descriptor.deviceId;
  const isShared = writes.every(
    ({ file: { descriptor }, position, from }) =>
      descriptor.deviceId === deviceId && position + from.length <= descriptor.writtenBytes,
  );
  return isShared ? deviceId : undefined;
}

/** The groups of one thread. */
export class DurableWrites {
  readonly #running = new Set<RunningGroup>();
  readonly #freeSlots: number[] = [];
  /** The numbers by which the engine knows devices. */
  readonly #devices = new Map<number, number>();
  readonly #eagerness = new Eagerness();
  #looking = false;
  #slots = 0;
  #watching = false;

  write(writes: readonly DurableWrite[]): Promise<void>[] {
    const group = writes.filter(isDirect).filter(({ file, position, from }) => !file.refusal(position, from));
    const members = new Set<DurableWrite>(group.length > maximumGroup ? [] : group);
    const grouped = members.size === 0 ? [] : this.#start(group);
    let next = 0;
    return writes.map((write) => {
      const member = members.has(write) ? grouped[next++] : undefined;
      return member ?? writeOrRefuse(write);
    });
  }

  #start(writes: readonly DirectWrite[]): Promise<void>[] {
    const engine: NativeEngine = nativeEngine();
    const device = this.#deviceNumber(sharedDevice(writes));
    const shared = device >= 0;
    const startedMs = performance.now();
    const group: RunningGroup = {
      slot: this.#freeSlots.pop() ?? this.#slots++,
      startedMs,
      shared,
      eager: shared && this.#eagerness.next(startedMs),
      unsettled: writes.length,
    };
    // Before the writes: what they land is durable only by a later flush.
    const marks = shared ? [] : writes.map(({ file }) => file.descriptor.mark());
    const submitted = engine.submitGroup(
      group.slot,
      device,
      group.eager,
      writes.map(({ file: { descriptor }, position, from }) => ({ descriptor, position, from })),
    );
    if (submitted === undefined) {
      this.#freeSlots.push(group.slot);
      return [];
    }
    this.#running.add(group);
    if (shared) this.#watch();
    if (group.eager) this.#lookOut();
    return writes.map(async ({ file: { descriptor }, position, from }, index) => {
      try {
        await submitted[index];
        descriptor.landed(position, from.length);
        const mark = marks[index];
        if (mark !== undefined) descriptor.flushed(mark);
      } finally {
        this.#settled(group);
      }
    });
  }

  /** -1: none, or one device too many. */
  #deviceNumber(deviceId: number | undefined): number {
    if (deviceId === undefined) return -1;
    const known = this.#devices.get(deviceId);
    if (known !== undefined) return known;
    if (this.#devices.size === maximumDevices) return -1;
    this.#devices.set(deviceId, this.#devices.size);
    return this.#devices.size - 1;
  }

  #settled(group: RunningGroup): void {
    if (--group.unsettled > 0) return;
    if (group.shared) this.#eagerness.note(group.eager, performance.now() - group.startedMs);
    this.#running.delete(group);
    this.#freeSlots.push(group.slot);
  }

  /** Looks for results in every turn of the event loop, until no eager group is young enough. */
  #lookOut(): void {
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(this.#look);
  }

  readonly #look = (): void => {
    const isWelcome = nativeEngine().poll();
    const nowMs = performance.now();
    if (!isWelcome) this.#eagerness.giveWay(nowMs);
    const afterMs = isWelcome ? nowMs - longestLookMs : Infinity;
    for (const group of this.#running) {
      if (!group.eager || group.startedMs < afterMs) continue;
      setImmediate(this.#look);
      return;
    }
    this.#looking = false;
  };

  /** One timer for all groups, and none when nothing runs: a timer a group would cost more than a write. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    setTimeout(() => this.#separateSlow(), slowWriteMs).unref();
  }

  #separateSlow(): void {
    this.#watching = false;
    const beforeMs = performance.now() - slowWriteMs + 1;
    let waiting = false;
    for (const group of this.#running) {
      if (!group.shared) continue;
      if (group.startedMs > beforeMs) {
        waiting = true;
      } else {
        group.shared = false;
        nativeEngine().separate(group.slot);
      }
    }
    if (waiting) this.#watch();
  }
}

async function writeOrRefuse(write: DurableWrite): Promise<void> {
  if (write.file instanceof RealFile) {
    const refusal = write.file.refusal(write.position, write.from);
    if (refusal !== undefined) throw ioError(refusal, "durable write", write.file.path);
  }
  return writeThenSync(write);
}
