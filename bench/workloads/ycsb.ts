/**
 * The core workloads of YCSB (Cooper et al., SoCC '10), A to F: zipfian 0.99, scrambled; 1000-byte values; keys by number.
 *
 * What each operation is and which entry it takes is drawn before the clock starts. Updates write whole values, since engines of this kind have no
 * fields. One thread; writes as many at a time as the engine does best.
 */
import { drive } from "../drive.js";
import { engineWorkload, peers, type Bench } from "./engine-workload.js";
import { fillSettleAndWarm } from "./read.js";
import { Uniform, Zipfian } from "../zipfian.js";
import { sampledEvery } from "../latency.js";
import type { Workload } from "./workload.js";

type OperationName = "read" | "update" | "insert" | "scan" | "readModifyWrite";

interface Mix {
  title: string;
  /** Of 100 operations. */
  shares: Partial<Record<OperationName, number>>;
  choice: "zipfian" | "latest";
}

const mixes: Record<string, Mix> = {
  "ycsb-a": { title: "half reads, half updates", shares: { read: 50, update: 50 }, choice: "zipfian" },
  "ycsb-b": { title: "95 % reads, 5 % updates", shares: { read: 95, update: 5 }, choice: "zipfian" },
  "ycsb-c": { title: "reads", shares: { read: 100 }, choice: "zipfian" },
  "ycsb-d": { title: "95 % reads of the latest, 5 % inserts", shares: { read: 95, insert: 5 }, choice: "latest" },
  "ycsb-e": { title: "95 % scans of 1 to 100, 5 % inserts", shares: { scan: 95, insert: 5 }, choice: "zipfian" },
  "ycsb-f": {
    title: "half reads, half read-modify-writes",
    shares: { read: 50, readModifyWrite: 50 },
    choice: "zipfian",
  },
};

const longestScan = 100;
const codes: readonly OperationName[] = ["read", "update", "insert", "scan", "readModifyWrite"];

interface Script {
  operations: Uint8Array;
  numbers: Uint32Array;
}

/** Operations and the entries they take: drawn from `records` that are there and those that the script itself inserts before. */
export function drawScript({ shares, choice }: Mix, records: number, count: number): Script {
  const uniform = new Uniform(20_100_610);
  const zipfian = new Zipfian(records, uniform);
  const operations = new Uint8Array(count);
  const numbers = new Uint32Array(count);
  let there = records;
  for (let i = 0; i < count; i++) {
    const name = drawOperation(shares, uniform);
    operations[i] = codes.indexOf(name);
    if (name === "insert") numbers[i] = there++;
    else numbers[i] = choice === "latest" ? there - 1 - zipfian.rank() : zipfian.scrambled();
  }
  return { operations, numbers };
}

function drawOperation(shares: Mix["shares"], uniform: Uniform): OperationName {
  let left = uniform.next() * 100;
  for (const [name, share] of Object.entries(shares) as [OperationName, number][]) {
    if (left < share) return name;
    left -= share;
  }
  return "read";
}

/** One function an operation, by its code. */
function operationsOn({
  engine,
  keys,
  values,
  entries,
}: Bench): ((number: number, i: number) => Promise<unknown> | undefined)[] {
  const read = (number: number): undefined => {
    // What the script itself inserted may still be under way where writes are not awaited one by one.
    if (engine.get(keys.of(number)) < 0 && number < entries) throw new Error(`entry ${number} is missing`);
  };
  const write = (number: number, i: number): Promise<unknown> | undefined =>
    engine.write(keys.of(number), values.at(i));
  const scan = (number: number, i: number): Promise<unknown> =>
    engine.walk(keys.of(number), 1 + ((i * 37) % longestScan));
  const readModifyWrite = (number: number, i: number): Promise<unknown> | undefined => {
    read(number);
    return write(number, i);
  };
  return [read, write, write, scan, readModifyWrite];
}

function ycsb(name: string, mix: Mix): Workload {
  const scans = mix.shares.scan !== undefined;
  const scripts = new WeakMap<Bench, Script>();
  return engineWorkload({
    title: `YCSB ${name.slice(-1).toUpperCase()}: ${mix.title}, zipfian 0.99`,
    drivers: peers,
    defaultEntries: 200_000,
    valueBytes: 1000,
    timedEvery: scans ? 1 : sampledEvery,
    prepare: async (bench) => {
      await fillSettleAndWarm(bench);
      const count = scans ? Math.ceil(bench.entries / 10) : 2 * bench.entries;
      scripts.set(bench, drawScript(mix, bench.entries, count));
    },
    run: async (bench) => {
      const script = scripts.get(bench);
      if (script === undefined) throw new Error("nothing was drawn");
      const does = operationsOn(bench);
      const { operations, numbers } = script;
      const inFlight = scans ? bench.engine.walksInFlight : bench.engine.writesInFlight;
      await drive(
        operations.length,
        inFlight,
        (i) => (does[operations[i] as number] as (typeof does)[number])(numbers[i] as number, i),
        bench.latency,
      );
      await bench.engine.written();
      return operations.length;
    },
  });
}

export const ycsbWorkloads: Record<string, Workload> = Object.fromEntries(
  Object.entries(mixes).map(([name, mix]) => [name, ycsb(name, mix)]),
);
