/**
 * Short writes on the real machine: a limit of the size of files makes the system write a part, and fail the rest. The loop goes on behind the part, and
 * the failure is the caller's: a part is never taken for the whole. (EINTR, EAGAIN and short transfers of every kind: native/test/io_engine_test.cc.)
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

const child = fileURLToPath(new URL("./short-write-child.js", import.meta.url));

for (const engine of ["uring", "threads"]) {
  t.test(`a write that comes out short goes on, and its failure is told (${engine})`, async (t) => {
    const directory = mkdtempSync(join(process.cwd(), ".varve-test-short-"));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    // 40 blocks of 512 or 1024 bytes, as the shell counts.
    const limited = ["-c", 'ulimit -f 40 && exec "$0" "$@"', process.execPath, child, directory];
    const env = { ...process.env, VARVE_IO_ENGINE: engine };
    const { stdout, stderr, status } = spawnSync("sh", limited, { encoding: "utf8", timeout: 60_000, env });
    t.equal(status, 0, stderr);
    for (const { errno, good, bytes } of JSON.parse(stdout || "[]") as {
      errno: string;
      good: number;
      bytes: number;
    }[]) {
      t.equal(errno, "EFBIG", "the write fails");
      t.ok(bytes === 20 * 1024 || bytes === 40 * 1024, `the part that had room, ${bytes} bytes, was written`);
      t.equal(good, bytes, "with its bytes in their places");
    }
  });
}
