/**
 * The process that open-after-crash kills: fills a store with entries of 1 KB, says so, and goes on overwriting until it is killed.
 *
 *   node dist/bench/workloads/crash-writer.js DIRECTORY ENTRIES
 */
import { Store } from "../../src/index.js";
import { drive } from "../drive.js";
import { VarveEngine } from "../drivers/varve.js";
import { Keys, Permutation, Values } from "../entries.js";

const [, , directory = "", entriesText = "0"] = process.argv;
const entries = Number(entriesText);
const store = await Store.open(directory, { zones: 3, durability: "quorum" });
const engine = new VarveEngine(store, await store.tree("bench"));
const keys = new Keys();
const values = new Values(1000);
const order = new Permutation(entries);
await drive(entries, 1, (i) => engine.write(keys.of(order.next()), values.at(i)));
await store.acknowledged(store.appliedSequence);
process.stdout.write("written\n");
// Durable puts, so that the log is being written when the end comes.
await drive(Infinity, 64, (i) => engine.put(keys.of(order.next()), values.at(i)));
