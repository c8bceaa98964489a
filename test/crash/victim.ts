/**
 * A program that does one fixed thing with a store and is killed at a given I/O call: `node victim.js AT MOMENT DIRECTORY OPTIONS WHAT`.
 *
 * It makes a store, writes to two trees, flushes, compacts, closes, opens again, drops a tree, makes another, takes a checkpoint and
 * closes; or, when WHAT is "open", it opens what is there and closes it. What it is about to do and what was acknowledged goes to descriptor 3, a line an event, written synchronously (see
 * call-log.ts). It imports only the engine, so that thousands of starts are affordable. Its last line is `done` and the number of calls.
 */
import { writeSync } from "node:fs";
import { realIo } from "../../src/io/real/index.js";
import type { StoreOptions } from "../../src/engine/options.js";
import { Store } from "../../src/engine/store.js";
import type { Tree } from "../../src/engine/tree.js";
import type { CallEvent } from "./call-log.js";
import { countingIo, type Moment } from "./counting-io.js";
import { smallOptions } from "./small-options.js";

const [at = "0", moment = "before", directory = "", optionsJson = "{}", what = "all"] = process.argv.slice(2);
const counter = new Int32Array(new SharedArrayBuffer(4));
const io = countingIo(realIo(), { counter, at: Number(at), moment: moment as Moment });
const options: StoreOptions = { ...smallOptions, ...(JSON.parse(optionsJson) as StoreOptions), io };
let written = 0;
/** Of the last entry that was written. */
let sequence = 0;

function tell(event: CallEvent): void {
  writeSync(3, `${JSON.stringify(event)}\n`);
}

async function tree(store: Store, name: string): Promise<Tree> {
  tell({ makes: name });
  const made = await store.tree(name);
  tell({ made: name });
  return made;
}

/** One batch over the trees; the value tells the batch, so that any mixture of two would be seen. */
async function write(store: Store, trees: readonly Tree[], keys: number): Promise<void> {
  const batch = store.batch();
  const entries: [string, string, string | null][] = [];
  const number = written++;
  for (const [index, { name }] of trees.entries()) {
    for (let nth = 0; nth < keys; nth++) {
      const key = `key ${(number * 7 + nth * 3 + index) % 40}`;
      const value = (number + nth) % 6 === 5 ? null : `${number} `.repeat(10 + ((number * 13) % 60));
      entries.push([name, key, value]);
      if (value === null) batch.delete(trees[index] as Tree, Buffer.from(key));
      else batch.put(trees[index] as Tree, Buffer.from(key), Buffer.from(value));
    }
  }
  sequence += entries.length;
  const end = sequence;
  tell({ writes: entries });
  await store.write(batch);
  tell({ acknowledged: Math.max(end, store.acknowledgedSequence) });
}

async function writeMany(store: Store, trees: readonly Tree[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all([write(store, trees, 3), write(store, trees.slice(0, 1), 1), write(store, trees, 2)]);
  }
}

async function wholeScenario(): Promise<void> {
  let store = await Store.open(directory, options);
  const a = await tree(store, "a");
  const b = await tree(store, "b");
  await writeMany(store, [a, b], 4);
  await store.flush();
  await writeMany(store, [a, b], 4);
  await store.flush();
  await store.compact();
  await writeMany(store, [b], 2);
  await store.close();

  store = await Store.open(directory, options);
  await writeMany(store, [await tree(store, "a")], 3);
  tell({ drops: "b" });
  await store.dropTree("b");
  tell({ dropped: "b" });
  await writeMany(store, [await tree(store, "a"), await tree(store, "c")], 3);
  tell({ copies: "checkpoint" });
  await store.checkpoint(`${directory}-checkpoint`);
  tell({ copied: "checkpoint" });
  await store.close();
}

async function openOnly(): Promise<void> {
  const store = await Store.open(directory, options);
  await store.close();
}

await (what === "open" ? openOnly() : wholeScenario());
tell({ done: Atomics.load(counter, 0) });
