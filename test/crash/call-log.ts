/**
 * What a victim said before it died, as a model: which states of the store are possible after it.
 *
 * The recovered store must be the state at one sequence number: not below what was acknowledged, not above what was written, at the
 * end of a batch, the same for all trees.
 */
import type { Store } from "../../src/engine/store.js";
import { History } from "../sim/history.js";

/** One line of a victim; "writes", "makes", "drops" and "copies" come before the call, the others after its promise settled. */
export interface CallEvent {
  /** Tree, key, value; null: a deletion. */
  writes?: [tree: string, key: string, value: string | null][];
  acknowledged?: number;
  makes?: string;
  made?: string;
  drops?: string;
  dropped?: string;
  copies?: string;
  copied?: string;
  /** The scenario is over, after so many calls. */
  done?: number;
}

export class CallLog {
  readonly history = new History();
  /** The calls of the whole scenario that its moment counts, if it came to its end. */
  calls: number | undefined;
  /** Sequence number that was acknowledged when the checkpoint began; undefined: it did not. */
  copiedFrom: number | undefined;
  hasCopy = false;
  private readonly mayExist = new Set<string>();
  private readonly mustExist = new Set<string>();

  constructor(text: string) {
    // The victim writes whole lines, but the last one may be cut by its end.
    for (const line of text.split("\n").slice(0, -1)) this.note(JSON.parse(line) as CallEvent);
  }

  private note(event: CallEvent): void {
    const { writes, acknowledged, makes, made, drops, dropped } = event;
    if (writes !== undefined) {
      this.history.write(writes.map(([tree, key, value]) => ({ tree, key, value: value ?? undefined })));
    }
    if (acknowledged !== undefined) this.history.noteAcknowledged(acknowledged);
    if (makes !== undefined) this.mayExist.add(makes);
    if (made !== undefined) this.mustExist.add(made);
    if (drops !== undefined) this.mustExist.delete(drops);
    if (dropped !== undefined) this.mayExist.delete(dropped);
    if (event.copies !== undefined) this.copiedFrom = this.history.acknowledged;
    if (event.copied !== undefined) this.hasCopy = true;
    this.calls = event.done ?? this.calls;
  }

  /** What is wrong with the store, which nobody wrote to since; undefined when nothing is. */
  async faultOf(store: Store, acknowledged = this.history.acknowledged): Promise<string | undefined> {
    const sequence = store.appliedSequence;
    const fault = this.history.faultOfRecovery(sequence, acknowledged);
    if (fault !== undefined) return fault;
    const names = store.treeNames();
    for (const name of names) if (!this.mayExist.has(name)) return `tree ${name} was invented`;
    for (const name of this.mustExist) if (!names.includes(name)) return `tree ${name} is lost`;
    for (const name of names) {
      const fault = await this.faultOfTree(store, name, sequence);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  private async faultOfTree(store: Store, name: string, sequence: number): Promise<string | undefined> {
    const iterator = (await store.tree(name)).iterate();
    const found = new Map<string, string>();
    for await (const [key, value] of iterator) found.set(Buffer.from(key).toString(), Buffer.from(value).toString());
    const expected = this.history.state(name, sequence);
    for (const key of new Set([...found.keys(), ...expected.keys()])) {
      if (found.get(key) === expected.get(key)) continue;
      return `${name}/${key} at ${sequence}: found ${String(found.get(key))}, expected ${String(expected.get(key))}`;
    }
    return undefined;
  }
}
