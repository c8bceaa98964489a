/**
 * One zone of a store under load gets a fault and is rid of it again. The promises that hold meanwhile, whatever the fault: no request fails, no answer
 * is wrong, the 99th percentile of every kind of request stays within `p99BoundMs`, the store tells, and the zone is whole again afterwards.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { StoreStatistics } from "../../../src/engine/statistics.js";
import { mainScript } from "../../support/server-process.js";
import { segmentFiles } from "../../support/zone-files.js";
import { kinds, type Load } from "./load.js";
import type { Server } from "./server.js";

/**
 * The bound. By the options of `smallStore` a write waits zoneGraceMs (2 ms) for a zone that lags, once; a read is asked of a second zone after ten times
 * as long; so 22 ms are the store's. The rest is room for a machine that has other things to do. It is below zoneHangMs (1500 ms): requests that
 * waited for the zone would break it.
 */
export const p99BoundMs = 1000;

export interface ZoneFault {
  readonly name: string;
  begin(server: Server, zone: number): Promise<void>;
  end(server: Server, zone: number): Promise<void>;
  /** Whether the store has noticed, and counted it. */
  isTold(now: StoreStatistics, before: StoreStatistics): boolean;
  /** What an operator reads: an event like this. */
  readonly event: RegExp;
  /** Whether the zone stays failed until the fault ends, so that `varve status` must say so. */
  readonly lasts: boolean;
}

const failed = (now: StoreStatistics, before: StoreStatistics): boolean =>
  now.counters.zoneFailures > before.counters.zoneFailures;

function ruled(name: string, effect: "hang" | "slow" | "EIO" | "ENOSPC" | "EROFS", event: RegExp, ms = 0): ZoneFault {
  return {
    name,
    begin: (server, zone) => server.rule(zone, effect, { ms }),
    end: (server, zone) => server.rule(zone, "none"),
    isTold: failed,
    event,
    lasts: true,
  };
}

/** Flips a bit in every few KiB of the zone's SSTables, which are immutable: log files are written in place meanwhile. */
function flipBits(zone: string): void {
  for (const name of readdirSync(zone).filter((file) => file.endsWith(".sst"))) {
    const path = join(zone, name);
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    for (let offset = 50; offset < bytes.length; offset += 3000) bytes[offset] = (bytes[offset] as number) ^ 0x10;
    writeFileSync(path, bytes);
  }
}

export const zoneFaults: readonly ZoneFault[] = [
  {
    name: "deleted",
    begin: async (server, zone) => rmSync(server.zones[zone] as string, { recursive: true, force: true }),
    end: async () => undefined,
    isTold: failed,
    event: /^zone-failed .*ENOENT/,
    lasts: false,
  },
  {
    name: "corrupted",
    // The load may have no need of this zone's copies before a compaction has replaced them: the scrub looks at all.
    begin: (server, zone) => {
      flipBits(server.zones[zone] as string);
      return server.carryOut("scrub");
    },
    end: async () => undefined,
    isTold: (now, before) => now.counters.checksumFailures > before.counters.checksumFailures,
    event: /^block-healed /,
    lasts: false,
  },
  ruled("hung", "hang", /^zone-failed .*no answer/),
  ruled("slow, 10 s a call,", "slow", /^zone-failed .*no answer/, 10_000),
  ruled("full", "ENOSPC", /^zone-failed .*(ENOSPC|full)/),
  ruled("read-only", "EROFS", /^zone-failed .*EROFS/),
  ruled("failing with EIO", "EIO", /^zone-failed .*EIO/),
];

/** `varve status` of the server's store, as another process sees it. */
export function varveStatus(server: Server): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [mainScript, "status", "--zones", server.zones.join(",")], (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout });
    });
  });
}

export async function attack(t: Test, server: Server, load: Load, zone: number, fault: ZoneFault): Promise<void> {
  const path = server.zones[zone] as string;
  const title = `zone ${zone} ${fault.name}`;
  const before = await server.stats();
  const eventsBefore = server.events.length;
  load.beginPhase();
  await fault.begin(server, zone);
  await server.until(`${title}: the counters tell`, (now) => fault.isTold(now, before));
  await pause(300);
  if (fault.lasts) await checkStatus(t, server, zone, title);
  checkLoad(t, load, title);
  await fault.end(server, zone);
  await server.until(`${title}: all zones are healthy again`, (now) =>
    now.zones.every(({ state }) => state === "healthy"),
  );
  const events = server.events.slice(eventsBefore);
  t.ok(
    events.some((event) => fault.event.test(event) && event.includes(path)),
    `${title}: an event tells which zone and why`,
  );
}

async function checkStatus(t: Test, server: Server, zone: number, title: string): Promise<void> {
  const { zones } = await server.stats();
  t.not(zones[zone]?.state, "healthy", `${title}: the statistics say so`);
  const { code, stdout } = await varveStatus(server);
  t.match(stdout, new RegExp(`zone ${zone} .*: (failed|healing)`), `${title}: varve status says so`);
  t.equal(code, 1, `${title}: varve status ends with 1`);
}

/** What was answered since the phase began. */
export function checkLoad(t: Test, load: Load, title: string): void {
  const figures = load.figures();
  t.same(load.failures, [], `${title}: no request fails`);
  t.same(load.wrong, [], `${title}: no answer is wrong`);
  for (const kind of kinds) {
    const { count, p99Ms, longestMs } = figures[kind];
    t.ok(
      count > 0 && p99Ms <= p99BoundMs,
      `${title}: ${count} ${kind} requests, 99 % within ${p99Ms} ms, the longest ${longestMs} ms`,
    );
  }
}

/** After a clean stop: names and bytes of all SSTables and log files. */
export function zonesAreEqual(t: Test, server: Server): void {
  const [first, ...others] = server.zones.map(segmentFiles);
  t.ok(Object.keys(first ?? {}).length > 0, "there are segment files");
  for (const other of others)
    if (!t.same(other, first, "the zones hold equal segment files")) t.comment(server.events.slice(-20).join("\n"));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
