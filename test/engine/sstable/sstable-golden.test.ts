/**
 * The worked example in src/engine/sstable/README.md is what the program writes, byte for byte. If it must change, older stores can
 * no longer be read: raise the format version, and keep the old decoder and its example.
 */
import { readFileSync } from "node:fs";
import t from "tap";
import { type FlushSpec, runFlush } from "../../../src/engine/flush/flush-job.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { native } from "../../../src/native.js";

const readme = new URL("../../../../src/engine/sstable/README.md", import.meta.url);
const line = /^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} ?)+)/gm;

/** The file that the README spells out. */
function documentedFile(): Buffer {
  const file = Buffer.alloc(4096);
  for (const [, offset, bytes] of readFileSync(readme, "utf8").matchAll(line)) {
    file.set(Buffer.from(bytes!.replaceAll(" ", ""), "hex"), parseInt(offset!, 16));
  }
  return file;
}

t.test("the file in the README is the file that is written", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  world.disk.makeDirectory("/zone");
  const memtable = new native.Memtable(7);
  const log = Buffer.alloc(1000);
  memtable.put(1, "apple", "red", log, 0);
  memtable.put(2, "apricot", "orange", log, 0);
  memtable.delete(3, "banana", log, 0);
  memtable.freeze();
  const spec: FlushSpec = {
    memtableId: memtable.id,
    fileNumber: 42,
    oldestReadSequence: 0,
    bottom: false,
    blockBytes: 4096,
    restartInterval: 16,
    filterBitsPerKey: 10,
    output: {
      storeId: "0011223344556677",
      treeId: 7,
      treeName: "fruit",
      level: 0,
      compression: "none",
      segments: { zones: [{ index: 0, path: "/zone" }], direct: true, quorum: 1, graceMs: 1, hangMs: 1000 },
    },
  };
  const { file } = await world.run(runFlush(spec, world.io));
  t.match(file, { number: 42, sizeBytes: 4096, entryCount: 3, tombstoneCount: 1, footerChecksum: 0xcdc745ca });
  const written = Buffer.from(world.disk.readFile("/zone/000000000042.sst"));
  const documented = documentedFile();
  const different = written.findIndex((byte, at) => byte !== documented[at]);
  t.equal(different, -1, "no byte differs");
  t.equal(written.length, documented.length);
  memtable.close();
});
