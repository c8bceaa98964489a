/**
 * The process of open-files.test.ts: under a low `ulimit -n` it makes a store of many SSTables in several trees, reads all, walks all trees at once,
 * compacts, and checks everything against what it wrote. Prints one line of JSON.
 *
 *   node open-files-child.js DIRECTORY
 */
import { Store } from "../../../src/engine/store.js";

const treeCount = 8;
const flushes = 28;
const keysPerFlush = 20;

// A level 0 that is never full: every flush stays a file.
const options = { levelZeroFiles: 1000, scrubIntervalMs: 0, blockCacheBytes: 0 };
const store = await Store.open(process.argv[2] ?? "", options);
const names = Array.from({ length: treeCount }, (_, i) => `tree ${i}`);
const trees = await Promise.all(names.map((name) => store.tree(name)));
const model = new Map<string, string>();

for (let flush = 0; flush < flushes; flush++) {
  for (let i = 0; i < keysPerFlush; i++) {
    const key = `key ${(flush * 7 + i) % 300}`;
    model.set(key, `${key} of ${flush}`);
    await Promise.all(trees.map((tree) => tree.put(key, `${key} of ${flush}`)));
  }
  await store.flush();
}
const fileCount = store.stats().trees.reduce((sum, { levels }) => sum + (levels[0]?.files ?? 0), 0);

async function check(reopened: Store): Promise<void> {
  const all = await Promise.all(names.map((name) => reopened.tree(name)));
  await Promise.all(
    all.flatMap((tree) =>
      Array.from(model, async ([key, value]) => {
        const got = await tree.get(key);
        if (got === undefined || Buffer.from(got).toString() !== value) throw new Error(`${tree.name}: ${key}`);
      }),
    ),
  );
  await Promise.all(
    all.map(async (tree) => {
      const found = new Map<string, string>();
      for await (const [key, value] of tree.iterate()) {
        found.set(Buffer.from(key).toString(), Buffer.from(value).toString());
      }
      if (found.size !== model.size) throw new Error(`${tree.name}: ${found.size} of ${model.size} entries`);
      for (const [key, value] of found) if (model.get(key) !== value) throw new Error(`${tree.name}: walked ${key}`);
    }),
  );
}

await store.close();
const reopened = await Store.open(process.argv[2] ?? "", options);
await check(reopened);
const { openFiles, counters } = reopened.stats();
await reopened.compact();
await check(reopened);
const after = reopened.stats();
const { zoneFailures, filesReopened, readFailures } = after.counters;
await reopened.close();
process.stdout.write(
  `${JSON.stringify({ fileCount, openFiles, reopened: counters.filesReopened, filesReopened, zoneFailures, readFailures, openRetries: after.counters.openRetries, zones: after.zones.map(({ state }) => state) })}\n`,
);
