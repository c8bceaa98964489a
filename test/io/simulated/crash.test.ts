/** What a crash keeps and what it may lose, over many seeds. */
import t from "tap";
import type { File, Files } from "../../../src/io/io.js";
import { type CrashMode, SimulatedWorld } from "../../../src/io/simulated/index.js";
import { filled } from "../contract.js";

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

interface Scene {
  world: SimulatedWorld;
  files: Files;
  file: File;
}

/** A file of one durable block of 1s. */
async function scene(seed: number): Promise<Scene> {
  const world = new SimulatedWorld({ seed });
  const { files } = world.io;
  const file = await world.run(
    (async () => {
      await files.makeDirectory("/store");
      await files.syncDirectory("/");
      const made = await files.open("/store/a", { access: "create", direct: true });
      await made.write(0, filled(files, 4096, 1));
      await made.sync();
      await files.syncDirectory("/store");
      return made;
    })(),
  );
  return { world, files, file };
}

/** The results of `look` at the disk that a crash after `act` leaves, over all seeds. */
async function outcomes<T>(
  mode: CrashMode,
  act: (scene: Scene) => Promise<unknown>,
  look: (after: SimulatedWorld) => T,
): Promise<T[]> {
  const results: T[] = [];
  for (const seed of seeds) {
    const made = await scene(seed);
    await made.world.run(act(made));
    results.push(look(made.world.crash({ mode })));
  }
  return results;
}

const contentOf = (world: SimulatedWorld): string => {
  if (!world.disk.exists("/store/a")) return "gone";
  const bytes = world.disk.readFile("/store/a");
  return Array.from({ length: bytes.length / 512 }, (_, sector) => String(bytes[sector * 512])).join("");
};

t.test("what was synced is there after every crash", async (t) => {
  const after = await outcomes(
    "power",
    async ({ file, files }) => {
      await file.write(4096, filled(files, 4096, 2));
      await file.sync();
    },
    contentOf,
  );
  t.same(new Set(after), new Set(["1111111122222222"]));
});

t.test("what was not synced may be there, not there, or there in part", async (t) => {
  const overwrite = ({ file, files }: Scene) => file.write(0, filled(files, 4096, 2));
  const after = new Set(await outcomes("power", overwrite, contentOf));
  t.ok(after.has("11111111"), "lost");
  t.ok(after.has("22222222"), "kept");
  t.ok(after.size > 5, "torn between sectors");
  t.ok([...after].every((content) => /^[12]{8}$/.test(content)));
});

t.test("unsynced writes to one sector may land in any order", async (t) => {
  const twice = async ({ file, files }: Scene) => {
    await file.write(0, filled(files, 4096, 2));
    await file.write(0, filled(files, 4096, 3));
  };
  const after = await outcomes("power", twice, contentOf);
  for (const digit of ["1", "2", "3"])
    t.ok(
      after.some((content) => content.includes(digit)),
      digit,
    );
});

t.test("an unsynced size may be lost; what grew without its data is zeros", async (t) => {
  const after = new Set(
    await outcomes("power", ({ file, files }) => file.write(4096, filled(files, 4096, 2)), contentOf),
  );
  t.ok(after.has("11111111"));
  t.ok([...after].some((content) => content.length === 16 && content.includes("0")));
  t.ok([...after].every((content) => /^1{8}([02]{8})?$/.test(content)));
});

t.test("a sync covers what was written before it began, not what came meanwhile", async (t) => {
  const meanwhile = async ({ file, files }: Scene) => {
    await file.write(0, filled(files, 4096, 2));
    const sync = file.sync();
    const late = file.write(0, filled(files, 4096, 3));
    await Promise.all([sync, late]);
  };
  const after = await outcomes("power", meanwhile, contentOf);
  t.ok(
    after.every((content) => /^[23]{8}$/.test(content)),
    "the synced 2s are never lost",
  );
  t.ok(after.some((content) => content.includes("2")));
});

t.test("writes in flight survive in any part, also when only the process ends", async (t) => {
  for (const mode of ["power", "kill"] as const) {
    const results = new Set<string>();
    for (const seed of seeds) {
      const { world, file, files } = await scene(seed);
      void file.write(0, filled(files, 4096, 2));
      results.add(contentOf(world.crash({ mode })));
    }
    t.ok(results.has("11111111") && results.has("22222222") && results.size > 4, mode);
  }
});

t.test("the end of the process loses nothing that was written, and a power cut after it may", async (t) => {
  const overwrite = ({ file, files }: Scene) => file.write(0, filled(files, 4096, 2));
  t.same(new Set(await outcomes("kill", overwrite, contentOf)), new Set(["22222222"]));
  const later = await outcomes("kill", overwrite, (after) => contentOf(after.crash()));
  t.ok(later.includes("11111111") && later.includes("22222222"));
});

t.test("names: created, renamed and removed ones may be lost until the directory is synced", async (t) => {
  const change = async ({ files }: Scene, sync: boolean) => {
    const made = await files.open("/store/new", { access: "create", direct: true });
    await made.write(0, filled(files, 4096, 5));
    await made.sync();
    await files.rename("/store/new", "/store/named");
    await files.link("/store/named", "/store/linked");
    await files.remove("/store/a");
    if (sync) await files.syncDirectory("/store");
  };
  const names = (world: SimulatedWorld): string => world.disk.list("/store").join(",");
  const unsynced = new Set(await outcomes("power", (made) => change(made, false), names));
  t.ok(unsynced.has("a") && unsynced.has("linked,named") && unsynced.has("a,named"));
  t.notOk(
    [...unsynced].some((list) => list.includes("named") && list.includes("new")),
    "a rename is one step",
  );
  const synced = new Set(await outcomes("power", (made) => change(made, true), names));
  t.same(synced, new Set(["linked,named"]));
});

t.test("a rename over a file leaves the old or the new content, never neither", async (t) => {
  const replace = async ({ files }: Scene) => {
    const made = await files.open("/store/a.new", { access: "create", direct: true });
    await made.write(0, filled(files, 4096, 9));
    await made.sync();
    await files.rename("/store/a.new", "/store/a");
  };
  const after = new Set(await outcomes("power", replace, contentOf));
  t.same([...after].sort(), ["11111111", "99999999"]);
});

t.test("preallocated room reads as zeros, and truncated data does not come back", async (t) => {
  const act = async ({ file, files }: Scene) => {
    await file.preallocate(8192);
    await file.truncate(4096);
    await file.write(4096, filled(files, 4096, 2));
    await file.truncate(4096);
    await file.preallocate(8192);
    await file.sync();
  };
  t.same(new Set(await outcomes("power", act, contentOf)), new Set(["1111111100000000"]));
});

t.test("one moment can be crashed many times, with many outcomes", async (t) => {
  const { world, file, files } = await scene(5);
  await world.run(file.write(0, filled(files, 4096, 2)));
  const after = new Set(Array.from({ length: 40 }, () => contentOf(world.crash())));
  t.ok(after.size > 3);
  t.ok(world.halted);
});
