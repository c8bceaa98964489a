/** The contract on a real disk, and on tmpfs, which refuses O_DIRECT. */
import { mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { realIo } from "../../../src/io/real/index.js";
import { contract } from "../contract.js";

const places = [
  { name: "disk", root: tmpdir(), direct: true },
  { name: "tmpfs", root: "/dev/shm", direct: false },
].filter(({ root }) => existsSync(root));

for (const { name, root, direct } of places) {
  t.test(name, async (t) => {
    contract(t, async () => {
      const directory = await mkdtemp(join(root, "varve-io-"));
      return {
        io: realIo(),
        directory,
        direct,
        drive: (promise) => promise,
        dispose: () => rm(directory, { recursive: true }),
      };
    });
  });
}
