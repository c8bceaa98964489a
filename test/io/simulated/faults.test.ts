/** Each kind of injected fault does what it says, to the calls it names. */
import t from "tap";
import type { File, Files } from "../../../src/io/io.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { filled, rejectsWith } from "../contract.js";

async function open(seed = 1): Promise<{ world: SimulatedWorld; files: Files; file: File }> {
  const world = new SimulatedWorld({ seed });
  world.disk.makeDirectory("/zone-1");
  const { files } = world.io;
  const file = await world.run(files.open("/zone-1/a", { access: "create", direct: true }));
  return { world, files, file };
}

t.test("the Nth call of a kind on a path fails with its errno", async (t) => {
  const { world, files, file } = await open();
  const fault = world.faults.add({ on: "write", path: /zone-1/, nth: 2, effect: { kind: "fail", errno: "EIO" } });
  await world.run(file.write(0, filled(files, 4096, 1)));
  await world.run(rejectsWith(t, file.write(0, filled(files, 4096, 2)), "IO_ERROR", "EIO"));
  await world.run(file.write(0, filled(files, 4096, 3)));
  t.equal(fault.matches, 3);
  t.equal(fault.hits, 1);
  world.faults.add({ on: "any", path: /elsewhere/, times: Infinity, effect: { kind: "fail", errno: "EIO" } });
  await world.run(file.sync());
});

t.test("every kind of call can fail; ENOSPC is NO_SPACE", async (t) => {
  const { world, files, file } = await open();
  const calls = {
    open: () => files.open("/zone-1/b", { access: "create", direct: true }),
    read: () => file.read(0, files.allocate(4096)),
    write: () => file.write(0, filled(files, 4096, 1)),
    sync: () => file.sync(),
    preallocate: () => file.preallocate(8192),
    truncate: () => file.truncate(0),
    size: () => file.sizeBytes(),
    list: () => files.list("/zone-1"),
    stat: () => files.stat("/zone-1"),
    makeDirectory: () => files.makeDirectory("/zone-1/d"),
    rename: () => files.rename("/zone-1/a", "/zone-1/c"),
    link: () => files.link("/zone-1/a", "/zone-1/c"),
    remove: () => files.remove("/zone-1/a"),
    syncDirectory: () => files.syncDirectory("/zone-1"),
    freeBytes: () => files.freeBytes("/zone-1"),
    lock: () => files.lock("/zone-1/LOCK"),
  } as const;
  for (const [kind, call] of Object.entries(calls) as [keyof typeof calls, () => Promise<unknown>][]) {
    world.faults.add({ on: kind, effect: { kind: "fail", errno: "ENOSPC" } });
    await world.run(rejectsWith(t, call(), "NO_SPACE", "ENOSPC"));
  }
  t.same(world.disk.list("/zone-1"), ["a"], "no failed call took effect");
});

t.test("a hung call completes when it is released, a delayed one later", async (t) => {
  const { world, files, file } = await open();
  const fault = world.faults.add({ on: "write", effect: { kind: "hang" } });
  let done = false;
  const write = file.write(0, filled(files, 4096, 1)).then(() => {
    done = true;
  });
  await world.advance(60_000);
  t.equal(done, false);
  fault.release();
  await world.run(write);
  world.faults.add({ on: "sync", effect: { kind: "delay", delayMs: 10_000 } });
  const startMs = world.elapsedMs;
  await world.run(file.sync());
  t.ok(world.elapsedMs - startMs >= 10_000);
});

t.test("flipped, lost, torn and misdirected", async (t) => {
  const { world, files, file } = await open();
  const other = await world.run(files.open("/zone-1/b", { access: "create", direct: true }));
  await world.run(other.write(0, files.allocate(8192)));
  await world.run(file.write(0, filled(files, 8192, 1)));
  const into = files.allocate(8192);

  world.faults.add({ on: "read", effect: { kind: "flip", offset: 100 } });
  await world.run(file.read(0, into));
  t.not(into[100], 1);
  await world.run(file.read(0, into));
  t.equal(into[100], 1, "only the read was wrong");

  world.faults.add({ on: "write", effect: { kind: "lose" } });
  await world.run(file.write(0, filled(files, 4096, 2)));
  t.equal(world.disk.readFile("/zone-1/a")[0], 1, "lost");

  world.faults.add({ on: "write", effect: { kind: "tear", keepBytes: 1024 } });
  await world.run(file.write(0, filled(files, 4096, 3)));
  const torn = world.disk.readFile("/zone-1/a");
  t.same([torn[0], torn[1023], torn[1024]], [3, 3, 1]);

  world.faults.add({ on: "write", effect: { kind: "misdirect", byBytes: 4096 } });
  await world.run(file.write(0, filled(files, 4096, 4)));
  t.equal(world.disk.readFile("/zone-1/a")[4096], 4);
  world.faults.add({ on: "write", effect: { kind: "misdirect", toPath: "/zone-1/b" } });
  await world.run(file.write(0, filled(files, 4096, 5)));
  t.equal(world.disk.readFile("/zone-1/b")[0], 5);
  t.equal(world.disk.readFile("/zone-1/a")[0], 3);
});

t.test("after a failed sync no later sync makes up for it", async (t) => {
  let lost = 0;
  for (let seed = 0; seed < 30; seed++) {
    const { world, files, file } = await open(seed);
    await world.run(files.syncDirectory("/zone-1"));
    await world.run(file.write(0, filled(files, 4096, 1)));
    world.faults.add({ on: "sync", effect: { kind: "fail", errno: "EIO" } });
    await world.run(rejectsWith(t, file.sync(), "IO_ERROR", "EIO"));
    await world.run(file.sync());
    t.equal(world.disk.readFile("/zone-1/a")[0], 1, "a reader goes on to see it");
    const after = world.crash().disk.readFile("/zone-1/a");
    if (after.length === 0 || after.includes(0)) lost++;
  }
  t.ok(lost > 5, `${lost} of 30`);
});

t.test("the device fills up and writing resumes when there is room", async (t) => {
  const { world, files, file } = await open();
  world.disk.capacityBytes = 8192;
  await world.run(file.write(0, filled(files, 8192, 1)));
  await world.run(rejectsWith(t, file.write(8192, filled(files, 4096, 1)), "NO_SPACE", "ENOSPC"));
  await world.run(file.write(0, filled(files, 8192, 2)));
  await world.run(rejectsWith(t, file.preallocate(16384), "NO_SPACE", "ENOSPC"));
  t.equal(await world.run(files.freeBytes("/zone-1")), 0);
  world.disk.capacityBytes = 16384;
  await world.run(file.write(8192, filled(files, 4096, 1)));
  await world.run(files.remove("/zone-1/a"));
  t.equal(await world.run(files.freeBytes("/zone-1")), 4096, "an open file keeps its room");
  await world.run(file.close());
  t.equal(await world.run(files.freeBytes("/zone-1")), 16384);
});

t.test("a job's thread dies: WORKER_FAILED, and later jobs run", async (t) => {
  const jobs = new URL("../jobs.js", import.meta.url).href;
  for (let seed = 0; seed < 20; seed++) {
    const { world } = await open(seed);
    const { threads } = world.io;
    world.faults.add({ on: "job", path: /writeFile/, effect: { kind: "fail", errno: "EIO" } });
    const job = threads.run(jobs, "writeFile", { path: "/zone-1/b", value: 1 });
    await world.run(rejectsWith(t, job, "WORKER_FAILED"));
    t.same(await world.run(threads.run(jobs, "writeFile", { path: "/zone-1/c", value: 1 })), { bytes: 4096 });
    await world.run(threads.close());
  }
});

t.test("tests can read, write, flip and remove past the program", async (t) => {
  const { disk } = new SimulatedWorld({ seed: 1 });
  disk.writeFile("/x/y/z", Buffer.from("abc"));
  disk.flip("/x/y/z", 1);
  t.equal(Buffer.from(disk.readFile("/x/y/z")).toString(), "acc");
  disk.patch("/x/y/z", 2, Buffer.from("!"));
  disk.truncate("/x/y/z", 4);
  t.equal(Buffer.from(disk.readFile("/x/y/z")).toString(), "ac!\0");
  t.throws(() => disk.flip("/x/y/z", 9), { code: "INVALID_ARGUMENT" });
  disk.rename("/x/y/z", "/x/z");
  t.same(disk.list("/x"), ["y", "z"]);
  disk.remove("/x/z");
  disk.removeDirectory("/x");
  t.notOk(disk.exists("/x"));
});
