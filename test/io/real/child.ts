/** The program that process.test.ts starts, in a process or a worker thread. */
import { parentPort } from "node:worker_threads";
import { realIo } from "../../../src/io/real/index.js";

const [command, path = ""] = process.argv.slice(2);
const { files, timers } = realIo();

async function readForever(): Promise<void> {
  const file = await files.open(path, { access: "read", direct: true });
  const read = async (): Promise<never> => {
    const into = files.allocate(65536);
    for (;;) await file.read(0, into);
  };
  await Promise.all(Array.from({ length: 32 }, read));
}

switch (command) {
  case "lock":
    await files.lock(path);
    process.stdout.write("locked\n");
    await timers.sleep(60_000);
    break;
  case "exit-in-flight":
    void readForever();
    setTimeout(() => process.exit(0), 100);
    break;
  case "read-forever":
    void readForever();
    setTimeout(() => parentPort?.postMessage("reading"), 50);
    break;
  case "read-once": {
    const file = await files.open(path, { access: "read", direct: true });
    const into = files.allocate(1 << 20);
    // Nothing but the operation itself keeps the process alive here.
    void file.read(0, into).then((bytes) => process.stdout.write(`${bytes}\n`));
    break;
  }
  default:
    process.exit(2);
}
