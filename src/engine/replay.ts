/**
 * Replay: the recovered log, applied to memtables.
 *
 * A frame whose entries are all in SSTables is passed over. One that is only partly so is applied whole: applying an entry
 * again changes nothing, since every newer entry of its key is in the log behind it. Entries of dropped trees are decoded and forgotten.
 */
import { VarveError } from "../errors.js";
import type { StoreContext } from "./context.js";
import type { Version } from "./manifest/version.js";
import type { Memtables } from "./memtable/memtables.js";
import { recoverLog, type RecoveredLog } from "./wal/log-recovery.js";
import { logName } from "./zones/file-names.js";

/** Type byte before the tree id of a record; see the record grammar in src/native.ts. */
const recordTypeBytes = 1;

export async function replayLog(context: StoreContext, version: Version, memtables: Memtables): Promise<RecoveredLog> {
  let replay = new Replay(version, memtables);
  const recovered = await recoverLog(
    context,
    version,
    (payload, firstSequence, count, fileNumber) => replay.apply(payload, firstSequence, count, fileNumber),
    () => {
      memtables.close();
      replay = new Replay(version, memtables);
    },
  );
  replay.forgetDropped();
  if (!context.options.rescue) checkComplete(version, recovered);
  return recovered;
}

/**
 * The log must begin no later than where the SSTables end, and reach at least that far: a memtable becomes an SSTable only when the log
 * that holds it is durable. And it must reach as far as it did when the store was closed. A rescue takes what there is.
 */
function checkComplete(version: Version, recovered: RecoveredLog): void {
  const lostEnd = lostEndOf(version, recovered);
  if (lostEnd !== undefined) throw lostEnd;
  const first = recovered.files.find(({ firstSequence }) => firstSequence > 0);
  if (first === undefined) return;
  if (first.firstSequence > version.lastSequence + 1) {
    throw new VarveError(
      "CORRUPTION",
      `entries ${version.lastSequence + 1} to ${first.firstSequence - 1} are in no log file and no SSTable of any zone; restore a zone, or open with rescue: true`,
      { expected: version.lastSequence + 1, got: first.firstSequence },
    );
  }
  if (recovered.lastSequence < version.lastSequence) {
    throw new VarveError(
      "CORRUPTION",
      `the log ends at entry ${recovered.lastSequence}, but the manifest knows of ${version.lastSequence}; restore a zone, or open with rescue: true`,
      { expected: version.lastSequence, got: recovered.lastSequence },
    );
  }
}

/** The error of a log that ends before the place at which it was closed. Undefined when it does not. */
export function lostEndOf(
  { logEnd }: Pick<Version, "logEnd">,
  { lastSequence }: { lastSequence: number },
): VarveError | undefined {
  if (logEnd === undefined || lastSequence >= logEnd.lastSequence) return undefined;
  const path = logName(logEnd.number);
  return new VarveError(
    "CORRUPTION",
    `the log ends at entry ${lastSequence} in every zone that can be read, but when the store was closed it ended at ${logEnd.lastSequence} in ` +
      `${path}; bring a missing zone back, or open with \`rescue: true\` to read what is before the loss`,
    { path, expected: logEnd.lastSequence, got: lastSequence },
  );
}

class Replay {
  private readonly flushedThrough: number;
  private readonly dropped = new Set<number>();

  constructor(
    version: Version,
    private readonly memtables: Memtables,
  ) {
    const flushed = Array.from(version.trees.values(), (tree) => tree.flushedSequence);
    this.flushedThrough = flushed.length === 0 ? 0 : Math.min(...flushed);
    for (const id of version.trees.keys()) if (memtables.get(id) === undefined) memtables.add(id);
  }

  apply(payload: Uint8Array, firstSequence: number, count: number, fileNumber: number): void {
    if (firstSequence + count - 1 <= this.flushedThrough) return;
    for (;;) {
      const applied = this.memtables.set.apply(payload, 0, payload.length, firstSequence);
      if (applied === count) break;
      if (applied >= 0)
        throw new VarveError("CORRUPTION", `a log frame of ${count} entries holds ${applied}`, {
          expected: count,
          got: applied,
        });
      this.addDropped(payload, -1 - applied);
    }
    for (const tree of this.memtables.nonEmpty()) tree.activeFirstLogNumber ??= fileNumber;
  }

  forgetDropped(): void {
    for (const id of this.dropped) this.memtables.remove(id);
  }

  /** The record at `offset` names a tree that is not there any more: give it a memtable to forget. */
  private addDropped(payload: Uint8Array, offset: number): void {
    const id = decodeVarint(payload, offset + recordTypeBytes);
    if (id === undefined || this.memtables.get(id) !== undefined) {
      throw new VarveError("CORRUPTION", "a log frame has a good checksum and a broken record", { offset });
    }
    this.memtables.add(id);
    this.dropped.add(id);
  }
}

function decodeVarint(bytes: Uint8Array, offset: number): number | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  return undefined;
}
