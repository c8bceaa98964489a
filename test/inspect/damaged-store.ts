/** Stores on the simulated world for the tests of the tools: two trees on several levels, something in the log, closed. */
import type { StoreOptions } from "../../src/engine/options.js";
import { Store } from "../../src/engine/store.js";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { smallStore } from "../sim/option-sets.js";

export const zonePaths = ["/data/zone-a", "/data/zone-b", "/data/zone-c"] as const;

export async function openStore(world: SimulatedWorld, options: StoreOptions = {}): Promise<Store> {
  return world.run(Store.open("/data", { ...smallStore, zoneRetryMs: 20, ...options, io: world.io }));
}

export async function fillTree(world: SimulatedWorld, store: Store, name: string, from: number, to: number) {
  const tree = await world.run(store.tree(name));
  const keys = Array.from({ length: to - from }, (_, i) => from + i);
  await world.run(
    Promise.all(keys.map((i) => tree.put(`key ${String(i).padStart(5, "0")}`, `${name} ${i} `.repeat(4)))),
  );
}

/** Keys 0 to 799 of the tree "many" and 0 to 99 of "few" in SSTables, 800 to 849 of "many" in the log. */
export async function closedStore(seed: number): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed });
  const store = await openStore(world);
  await fillTree(world, store, "many", 0, 800);
  await fillTree(world, store, "few", 0, 100);
  await world.run(store.flush());
  await world.run(store.settled());
  await fillTree(world, store, "many", 800, 850);
  await world.run(store.close());
  const again = await openStore(world);
  await world.run(again.settled());
  await world.run(again.close());
  return world;
}

/** How many of the keys have their value. */
export async function countGood(world: SimulatedWorld, store: Store, name: string, to: number): Promise<number> {
  const tree = await world.run(store.tree(name));
  let good = 0;
  for (let i = 0; i < to; i++) {
    const value = await world.run(tree.get(`key ${String(i).padStart(5, "0")}`));
    if (value !== undefined && Buffer.from(value).toString() === `${name} ${i} `.repeat(4)) good++;
  }
  return good;
}

/** The names of a zone's files of a kind. */
export function filesOf(world: SimulatedWorld, zone: string, pattern: RegExp): string[] {
  return world.disk.list(zone).filter((name) => pattern.test(name));
}
