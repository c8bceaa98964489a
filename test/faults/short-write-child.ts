/**
 * The program that short-write.test.ts starts under a limit of the size of files: a write over the limit is first short, then fails.
 * Prints, of a write and of a durable write, the errno and what is in the file.
 */
import { readFileSync } from "node:fs";
import { VarveError } from "../../src/errors.js";
import { realIo } from "../../src/io/real/index.js";

// The system sends it with EFBIG; without a listener it ends the process.
process.on("SIGXFSZ", () => undefined);
const { files } = realIo();
const outcomes: { errno: string | undefined; good: number; bytes: number }[] = [];
for (const [i, durable] of [false, true].entries()) {
  const path = `${process.argv[2] as string}/file-${i}`;
  const file = await files.open(path, { access: "create", direct: false });
  const from = files.allocate(64 * 1024);
  for (let at = 0; at < from.length; at++) from[at] = at % 251;
  const write = durable ? (files.writeAndSync([{ file, position: 0, from }])[0] as Promise<void>) : file.write(0, from);
  const errno = await write.then(
    () => undefined,
    (error: unknown) => (error instanceof VarveError ? error.errno : String(error)),
  );
  await file.close();
  const there = readFileSync(path);
  outcomes.push({ errno, good: there.filter((byte, at) => byte === at % 251).length, bytes: there.length });
}
process.stdout.write(JSON.stringify(outcomes));
