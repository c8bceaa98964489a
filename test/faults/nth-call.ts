/**
 * Fail the Nth I/O call of a store's life, for any N: opening, writes, flush, compaction, the drop of a tree, a checkpoint, scrub, closing.
 *
 * Each step may end with an error of the closed list, and nothing else; then the power is cut, and what the next opening finds must be everything
 * acknowledged and nothing that was never written, with the three copies byte-equal in the end. What SQLite's tests do with malloc and I/O.
 */
import { VarveError } from "../../src/errors.js";
import { Store } from "../../src/engine/store.js";
import type { Tree } from "../../src/engine/tree.js";
import type { StoreOptions } from "../../src/engine/options.js";
import { type CrashMode, type Fault, SimulatedWorld } from "../../src/io/simulated/index.js";
import { smallStore } from "../sim/option-sets.js";
import { Oracle, zonePaths } from "./oracle.js";

export const errnos = ["EIO", "ENOSPC", "EMFILE", "EROFS", "EDQUOT"] as const;
/** one: the Nth call to one zone. all: the Nth call to each zone. onwards: every call to one zone from the Nth on. single: of a store of one zone. */
export const scopes = ["one", "all", "onwards", "single"] as const;

export interface NthFailure {
  nth: number;
  errno: (typeof errnos)[number];
  scope: (typeof scopes)[number];
}

export interface NthOutcome {
  /** False when the life was over before the Nth call. */
  hit: boolean;
  /** The steps that ended with an error, with its code. */
  errors: string[];
}

/** Everything happens soon and with few calls; hung zones do not come up. */
const options: StoreOptions = { ...smallStore, memtableBytes: 8 * 1024, zoneHangMs: 200 };

/** Runs one life. Throws what is wrong. */
export async function liveWithFailure({ nth, errno, scope }: NthFailure): Promise<NthOutcome> {
  const isSingle = scope === "single";
  const world = new SimulatedWorld({ seed: nth });
  const oracle = new Oracle(world, isSingle ? { ...options, zones: 1 } : options);
  const zones = scope === "all" ? zonePaths : [isSingle ? zonePaths[0] : zonePaths[1]];
  const faults = zones.map((zone) =>
    world.faults.add({
      ...{ on: "any" as const, path: new RegExp(`^${zone}`), nth, times: scope === "onwards" ? Infinity : 1 },
      effect: { kind: "fail", errno },
    }),
  );
  const errors = await live(oracle);
  for (const fault of faults) fault.release();
  await judge(oracle, nth % 2 === 0 ? "power" : "kill", isSingle);
  return { hit: faults.some(({ hits }: Fault) => hits > 0), errors };
}

async function live(oracle: Oracle): Promise<string[]> {
  const errors: string[] = [];
  const step = async (name: string, act: () => Promise<unknown>): Promise<void> => {
    if (!oracle.isOpen && name !== "open") return;
    try {
      const outcome = await act();
      if (Array.isArray(outcome)) for (const error of outcome) note(name, error);
    } catch (error) {
      note(name, error);
    }
  };
  const note = (name: string, error: unknown): void => {
    if (!(error instanceof VarveError) || error.code === "INVARIANT") throw error;
    errors.push(`${name}: ${error.code}`);
  };
  const run = (act: (store: Store) => Promise<unknown>) => () => oracle.world.run(act(oracle.store));
  await step("open", () => oracle.open());
  await step("write", () => oracle.fill(20, "alpha", 30));
  await step("write", () => oracle.fill(8, "doomed", 8));
  await step(
    "flush",
    run((store) => store.flush()),
  );
  await step("write", () => oracle.fill(20, "alpha", 30));
  await step(
    "compaction",
    run((store) => store.compact()),
  );
  await step("drop", () => oracle.drop("doomed"));
  await step("read", () => read(oracle));
  await step("checkpoint", () => checkpoint(oracle));
  await step(
    "scrub",
    run((store) => store.scrub({ bytesPerSecond: Infinity })),
  );
  await step("write", () => oracle.fill(10, "alpha", 30));
  await step("close", () => oracle.close());
  return errors;
}

/** The errors of reads that were refused; a wrong answer is none of them. */
async function read(oracle: Oracle): Promise<unknown[]> {
  const { wrong, refused } = await oracle.compare();
  if (wrong.length > 0) throw new VarveError("INVARIANT", wrong.join("; "));
  return refused;
}

/** A checkpoint that says that it was made holds everything that was acknowledged before. */
async function checkpoint(oracle: Oracle): Promise<void> {
  const { world, store, history } = oracle;
  const { acknowledged } = history;
  await world.run(store.checkpoint("/copy"));
  const copy = await world.run(Store.open("/copy", { ...options, ...oracle.options, io: world.io }));
  const { appliedSequence } = copy;
  const found = await world.run(copy.tree("alpha").then(entriesOf));
  await world.run(copy.close());
  const expected = Array.from(history.state("alpha", appliedSequence), ([key, value]) => `${key} ${value}`);
  if (appliedSequence < acknowledged || found.join("\n") !== expected.join("\n")) {
    throw new VarveError(
      "INVARIANT",
      `the checkpoint has ${appliedSequence} of ${acknowledged} entries, or wrong ones`,
    );
  }
}

async function entriesOf(tree: Tree): Promise<string[]> {
  const found: string[] = [];
  for await (const [key, value] of tree.iterate()) {
    found.push(`${Buffer.from(key).toString()} ${Buffer.from(value).toString()}`);
  }
  return found;
}

async function judge(oracle: Oracle, mode: CrashMode, isSingle: boolean): Promise<void> {
  const problems = await oracle.recover(oracle.world.crash({ mode }));
  const { lost } = await oracle.scrub();
  for (const { message } of lost) problems.push(`lost: ${message}`);
  problems.push(...(await oracle.fill(5, "alpha", 30)).map(String), ...(await oracle.findings()));
  await oracle.close();
  // A zone that failed in the middle is compared too: it was healed.
  if (!isSingle) problems.push(...oracle.differences());
  if (problems.length > 0) throw new VarveError("INVARIANT", problems.join("; "));
}
