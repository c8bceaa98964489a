/**
 * One bit flipped at a time, at any byte of any file of one zone of a closed store: what the next process makes of it.
 *
 * A run opens a clone of the damaged disk, reads everything, scrubs, closes, and compares the copies. The bytes of a file are in regions, so that a
 * sample meets each and the figures say where what was noticed. A store of one zone has no other copy: it must refuse with a
 * typed error what it can not answer, never answer wrongly.
 */
import { VarveError } from "../../src/errors.js";
import type { StoreOptions } from "../../src/engine/options.js";
import { decodeFooter, footerBytes } from "../../src/engine/sstable/footer.js";
import { decodeIndex } from "../../src/engine/sstable/index-decoder.js";
import { frameHeaderBytes, frameLength } from "../../src/engine/wal/frame.js";
import { blockBytes } from "../../src/io/io.js";
import type { SimulatedWorld } from "../../src/io/simulated/index.js";
import { type History } from "../sim/history.js";
import { Oracle } from "./oracle.js";

/** Bytes of one file that are of one kind. */
export interface Region {
  path: string;
  /** The kind of file and what of it: "sst index". */
  kind: string;
  offset: number;
  length: number;
}

export interface Flip {
  path: string;
  kind: string;
  offset: number;
  bit: number;
}

/** noticed: counted by the store, and healed. superseded: nothing read it, and the opening replaced it or made it equal. refused: a typed error (one zone). */
export type FlipOutcome = "noticed" | "superseded" | "refused";

const tiny: StoreOptions = {
  memtableBytes: 64 * 1024,
  logFileBytes: 64 * 1024,
  compressionFromLevel: 1,
  blockCacheBytes: 0,
};

/** A closed store of few small files: SSTables of two trees, plain and compressed, deletions, entries in the log. */
export class FlippedStore {
  private constructor(
    private readonly base: SimulatedWorld,
    private readonly history: History,
    private readonly options: StoreOptions,
  ) {}

  /** `ending`: what was done last before it was closed. */
  static async make(
    seed: number,
    options: StoreOptions = {},
    ending: "writes" | "new tree" | "flush" = "writes",
  ): Promise<FlippedStore> {
    const all = { ...tiny, ...options };
    const oracle = await Oracle.make(seed, all);
    await oracle.fill(30, "alpha", 25);
    await oracle.fill(10, "beta", 10);
    await oracle.world.run(oracle.store.compact());
    await oracle.fill(15, "alpha", 40);
    await oracle.write([{ tree: "alpha", key: "key 0003" }]);
    await oracle.world.run(oracle.store.flush());
    await oracle.untilHealthy();
    await oracle.fill(6, "beta", 10);
    await oracle.fill(6, "alpha", 40);
    if (ending === "new tree") await oracle.fill(3, "gamma", 3);
    if (ending === "flush") await oracle.world.run(oracle.store.flush());
    await oracle.untilHealthy();
    await oracle.close();
    const { world, history } = oracle;
    world.crash({ mode: "kill" });
    return new FlippedStore(world, history, all);
  }

  /** Everything that is in the zone, in regions. */
  regions(zone: string): Region[] {
    const { disk } = this.base;
    return disk.list(zone).flatMap((name) => {
      const path = `${zone}/${name}`;
      const bytes = disk.readFile(path);
      const parts = name.endsWith(".sst") ? sstableRegions(name, bytes) : frameRegions(name, bytes);
      return parts.filter(({ length }) => length > 0).map((part) => ({ ...part, path }));
    });
  }

  /** Runs one flip in a store of three zones. Throws what is wrong. */
  async heals({ path, offset, bit }: Flip): Promise<FlipOutcome> {
    const oracle = this.damaged(path, offset, bit);
    await oracle.open();
    const problems = await oracle.findings();
    await oracle.scrub();
    problems.push(...(await oracle.findings()));
    const { counters } = oracle;
    const counted =
      counters.blocksHealed + counters.logFramesHealed + counters.manifestsHealed + counters.filesHealed > 0;
    if (counters.zoneFailures > 0) problems.push("a zone was failed for it");
    await oracle.close();
    problems.push(...oracle.differences());
    if (problems.length > 0) throw new VarveError("CORRUPTION", problems.join("; "), { path, offset });
    return counted ? "noticed" : "superseded";
  }

  /** Runs one flip in a store of one zone. Throws what is wrong. */
  async isNeverWrong({ path, offset, bit }: Flip): Promise<FlipOutcome> {
    const oracle = this.damaged(path, offset, bit);
    try {
      await oracle.open();
    } catch (error) {
      if (error instanceof VarveError && error.code === "CORRUPTION") return "refused";
      throw error;
    }
    const { appliedSequence } = oracle.store;
    if (appliedSequence !== this.history.applied) {
      throw new VarveError("INVARIANT", `${appliedSequence} entries of ${this.history.applied}`, { path, offset });
    }
    const { wrong, refused } = await oracle.compare();
    if (wrong.length > 0) throw new VarveError("INVARIANT", wrong.join("; "), { path, offset });
    return refused.every((error) => error instanceof VarveError && error.code === "CORRUPTION") && refused.length > 0
      ? "refused"
      : "superseded";
  }

  private damaged(path: string, offset: number, bit: number): Oracle {
    const world = this.base.crash({ mode: "kill" });
    world.disk.flip(path, offset, bit);
    const oracle = new Oracle(world, this.options);
    oracle.history = this.history;
    return oracle;
  }
}

type Part = Omit<Region, "path">;

function sstableRegions(name: string, bytes: Uint8Array): Part[] {
  const end = bytes.length - footerBytes;
  const storeId = Buffer.from(bytes.subarray(end + 16, end + 24)).toString("hex");
  const place = { storeId, fileNumber: Number(name.slice(0, 12)), sizeBytes: bytes.length };
  const { filter, index, properties } = decodeFooter(bytes.subarray(end), place);
  const paddingFrom = properties.offset + properties.storedLength;
  const blocks = decodeIndex(bytes.slice(index.offset, index.offset + index.storedLength));
  return [
    ...blocks.map(({ offset, storedLength }) => ({ kind: "sst data block", offset, length: storedLength })),
    { kind: "sst filter", offset: filter.offset, length: filter.storedLength },
    { kind: "sst index", offset: index.offset, length: index.storedLength },
    { kind: "sst properties", offset: properties.offset, length: properties.storedLength },
    { kind: "sst padding", offset: paddingFrom, length: end - paddingFrom },
    { kind: "sst footer", offset: end, length: footerBytes },
  ];
}

/** Of a log file or a manifest; anything else is one region. */
function frameRegions(name: string, bytes: Uint8Array): Part[] {
  const file = name.endsWith(".log") ? "log" : name.startsWith("manifest-") ? "manifest" : undefined;
  if (file === undefined) return [{ kind: name, offset: 0, length: bytes.length }];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Part[] = [];
  let position = 0;
  while (position < bytes.length && Buffer.from(bytes.subarray(position, position + 4)).toString() === "VRVF") {
    const payloadLength = view.getUint32(position + 12, true);
    const payloadEnd = position + frameHeaderBytes + payloadLength;
    const end = position + frameLength(payloadLength);
    parts.push({ kind: `${file} frame header`, offset: position, length: frameHeaderBytes });
    parts.push({ kind: `${file} payload`, offset: position + frameHeaderBytes, length: payloadLength });
    parts.push({ kind: `${file} frame padding`, offset: payloadEnd, length: end - payloadEnd });
    position = end;
  }
  for (; position < bytes.length; position += blockBytes) {
    parts.push({ kind: `${file} behind the frames`, offset: position, length: blockBytes });
  }
  return parts;
}

/** Every byte of the regions; of those behind the frames every `stepBehind`th. */
export function* everyFlip(regions: readonly Region[], stepBehind = 1): Generator<Flip> {
  for (const { path, kind, offset, length } of regions) {
    const step = kind.endsWith("behind the frames") ? stepBehind : 1;
    for (let at = offset; at < offset + length; at += step) yield { path, kind, offset: at, bit: (at * 5) % 8 };
  }
}

/** Of each kind of region `count` bytes, the first and the last of it among them; the one in the middle where one is asked for. */
export function* someFlips(regions: readonly Region[], count: number): Generator<Flip> {
  for (const kind of new Set(regions.map((region) => region.kind))) {
    const flips = [...everyFlip(regions.filter((region) => region.kind === kind))];
    if (count === 1) {
      yield flips[flips.length >> 1] as Flip;
      continue;
    }
    const step = Math.max(1, (flips.length - 1) / Math.max(1, count - 1));
    for (let at = 0; Math.round(at) < flips.length; at += step) yield flips[Math.round(at)] as Flip;
  }
}
