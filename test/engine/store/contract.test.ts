/** The store contract on the real machine and on the simulated one, with one zone and three, under several options. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreOptions } from "../../../src/engine/options.js";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { storeContract, type WithStore } from "../store-contract.js";

function onDisk(options: StoreOptions): WithStore {
  return async (_t, body) => {
    const directory = mkdtempSync(join(tmpdir(), "varve-contract-"));
    try {
      const store = await Store.open(directory, options);
      await body(store).finally(() => store.close());
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

function simulated(options: StoreOptions): WithStore {
  return async (_t, body) => {
    const world = new SimulatedWorld({ seed: 5 });
    const run = async (): Promise<void> => {
      const store = await Store.open("/data", { ...options, io: world.io });
      await body(store).finally(() => store.close());
    };
    await world.run(run());
  };
}

const small: StoreOptions = {
  memtableBytes: 16_384,
  blockBytes: 256,
  sstableBytes: 8192,
  levelZeroFiles: 1,
  blockCacheBytes: 0,
  logFileBytes: 2 << 20,
};

storeContract("real disk, three zones", onDisk({}));
storeContract("real disk, one zone, no durability", onDisk({ zones: 1, durability: "none" }));
storeContract("simulated, three zones", simulated({}));
storeContract("simulated, everything small, no cache", simulated(small));
storeContract(
  "simulated, one zone, all durable, no compression, no filters",
  simulated({ ...small, zones: 1, durability: "all", compression: "none", filterBitsPerKey: 0 }),
);
