/**
 * What real system calls may answer, injected by strace into a server under load: EIO, ENOSPC, EDQUOT, EINTR, EAGAIN and short writes, in one zone or in all.
 *
 * The first zone is on another device than the others, so that no flush of one zone stands for another's. No block cache: every read is a read of a file.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { StoreStatistics } from "../../../src/engine/statistics.js";
import { Load } from "./load.js";
import { temporaryDirectory } from "./mounts.js";
import { Server } from "./server.js";
import { cannotTrace, type TracedCall, Tracer } from "./strace.js";
import { pause, zonesAreEqual } from "./zone-attack.js";

const memoryDevice = "/dev/shm";
const skip = cannotTrace() || (existsSync(memoryDevice) ? false : `needs a tmpfs at ${memoryDevice}`);

interface Scene {
  server: Server;
  load: Load;
  zones: string[];
  log: string;
}

async function underLoad(t: Test): Promise<Scene> {
  const directory = temporaryDirectory(t, "strace");
  const memory = mkdtempSync(join(memoryDevice, "varve-strace-"));
  t.teardown(() => rmSync(memory, { recursive: true, force: true }));
  const zones = [join(memory, "zone-a"), join(directory, "zone-b"), join(directory, "zone-c")];
  const server = await start(zones);
  t.teardown(() => server.kill());
  const load = new Load({ fillerBytes: 4000 });
  await load.createTable(server.url);
  await load.putAll(server.url);
  await load.start(server.url);
  t.teardown(() => load.stop());
  return { server, load, zones, log: join(directory, "strace.log") };
}

function start(zones: string[]): Promise<Server> {
  return Server.start({
    directory: "",
    zones,
    // A traced process is slow: no zone is to fail for that.
    store: { blockCacheBytes: 0, zoneHangMs: 20_000 },
    environment: { VARVE_IO_ENGINE: "threads" },
  });
}

/** Injects until it `isFelt` and `meanwhile` is done; says which calls were traced and what the store counted before. */
async function inject(
  t: Test,
  { server, log }: Scene,
  zones: readonly string[],
  injections: string[],
  isFelt: (now: StoreStatistics, before: StoreStatistics, tracer: Tracer) => boolean,
  meanwhile: () => Promise<void> = () => pause(200),
): Promise<{ calls: TracedCall[]; before: StoreStatistics }> {
  const before = await server.stats();
  const tracer = await Tracer.attach(t, { pid: server.pid, zones, injections, log });
  await server.until(`${injections.join(", ")} is felt`, (now) => isFelt(now, before, tracer));
  await meanwhile();
  return { calls: await tracer.detach(), before };
}

async function healed(server: Server): Promise<void> {
  await server.until("all zones are healthy", ({ zones }) => zones.every(({ state }) => state === "healthy"));
}

/** A kill, and a new process that finds everything and heals what is to be healed: the zones hold the same at last. */
async function checkAfterKill(t: Test, { server, load, zones }: Scene): Promise<void> {
  await load.stop();
  t.same(load.wrong, [], "no answer was wrong");
  await server.kill();
  const again = await start(zones);
  t.teardown(() => again.kill());
  t.same(await load.check(again.url), [], `nothing of ${load.acknowledgedCount} acknowledged writes is lost`);
  await healed(again);
  await again.carryOut("settled");
  await again.stop();
  zonesAreEqual(t, again);
}

const zoneFailed = (now: StoreStatistics, before: StoreStatistics): boolean =>
  now.counters.zoneFailures > before.counters.zoneFailures;

t.test("errors in one zone: no request fails, it is told why, it is healed, nothing is lost", { skip }, async (t) => {
  const scene = await underLoad(t);
  const { server, load, zones } = scene;
  const zone = zones[1] as string;
  await server.carryOut("flush");

  const isRead = (now: StoreStatistics, before: StoreStatistics): boolean =>
    now.counters.readFailures > before.counters.readFailures + 3;
  const reads = await inject(t, scene, [zone], ["pread64:error=EIO"], isRead);
  t.ok(reads.calls.length > 3, `EIO of a read: another zone answers; ${reads.calls.length} reads were refused`);
  t.equal((await server.stats()).counters.zoneFailures, reads.before.counters.zoneFailures, "the zone stays");

  for (const [injection, reason] of [
    ["pwrite64:error=EIO", /EIO/],
    ["pwrite64,fallocate:error=ENOSPC", /ENOSPC/],
    ["fdatasync:error=EIO", /EIO/],
  ] as const) {
    await healed(server);
    server.events.length = 0;
    const { calls } = await inject(t, scene, [zone], [injection], zoneFailed);
    const told = server.events.find((event) => event.startsWith("zone-failed"));
    t.ok(told?.includes(zone) === true && reason.test(told), `${injection}: ${told}`);
    const paths = calls.map(({ path }) => path);
    t.ok(paths.length > 0 && paths.every((path) => path.startsWith(zone)), "only this zone's files met it");
    t.same(load.failures, [], "no request fails");
    if (!injection.startsWith("fdatasync")) continue;
    t.same(paths, [...new Set(paths)], `no file is synced again after its sync has failed: ${paths.length} were`);
  }
  // The zone is still failed, or in the middle of its healing.
  await checkAfterKill(t, scene);
});

t.test("EINTR, EAGAIN, short writes and EDQUOT in all zones: none fails, nothing is lost", { skip }, async (t) => {
  const scene = await underLoad(t);
  const { server, load, zones } = scene;
  const after = (count: number) => (_now: StoreStatistics, _before: StoreStatistics, tracer: Tracer) =>
    tracer.calls().filter(({ isInjected }) => isInjected).length > count;
  for (const injections of [
    ["pread64:error=EINTR:when=1+2", "pwrite64:error=EINTR:when=1+2", "fdatasync,fallocate:error=EINTR:when=1+2"],
    ["pread64:error=EAGAIN:when=1+2", "pwrite64:error=EAGAIN:when=1+2"],
    // Says that it wrote 512 bytes, and wrote none: the block must be written again.
    ["pwrite64:retval=512:when=1+2"],
  ]) {
    const { calls, before } = await inject(t, scene, zones, injections, after(30));
    t.ok(calls.length > 30, `${injections.join(", ")}: ${calls.length} calls`);
    const { counters } = await server.stats();
    const { zoneFailures, readFailures, checksumFailures, jobFailures } = before.counters;
    t.match(counters, { zoneFailures, readFailures, checksumFailures, jobFailures }, "nothing failed");
    t.same(load.failures, [], "no request fails");
  }

  // What is under way when the devices become full waits for room; what comes then is refused.
  const isFull = (now: StoreStatistics, before: StoreStatistics): boolean =>
    now.counters.spaceRetries > before.counters.spaceRetries + 6;
  const whileFull = async (): Promise<void> => {
    await t.rejects(load.putAll(server.url), { name: "InternalServerError" }, "writes are refused");
    const gets = load.figures().get.count;
    await server.until("reads go on", () => load.figures().get.count > gets + 10);
  };
  const { before } = await inject(t, scene, zones, ["pwrite64,fallocate:error=EDQUOT"], isFull, whileFull);
  const others = load.failures.filter((failure) => !failure.startsWith("put: InternalServerError"));
  t.same(others, [], "and nothing else");
  const unclear = server.internalErrors.filter(
    (error) => !/^NO_SPACE .*EDQUOT; raise the quota or free some space/.test(error),
  );
  t.same(unclear, [], `the reason: ${server.internalErrors[0]}`);
  const acknowledged = load.acknowledgedCount;
  await server.until("writes are taken again", () => load.acknowledgedCount > acknowledged + 20);
  t.equal((await server.stats()).counters.zoneFailures, before.counters.zoneFailures, "it was no zone's failure");
  await checkAfterKill(t, scene);
});
