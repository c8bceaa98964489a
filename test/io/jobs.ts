/** The jobs that the tests of `Threads` run in workers. */
import { VarveError } from "../../src/errors.js";
import type { Io } from "../../src/io/io.js";

export async function writeFile(spec: { path: string; value: number }, { files }: Io): Promise<{ bytes: number }> {
  const file = await files.open(spec.path, { access: "create", direct: true });
  await file.write(0, files.allocate(4096).fill(spec.value));
  await file.sync();
  await file.close();
  return { bytes: 4096 };
}

export async function failWithCorruption(): Promise<never> {
  throw new VarveError("CORRUPTION", "bad block", { path: "/some/file", offset: 8192, expected: 1, got: 2 });
}

export async function failOtherwise(): Promise<never> {
  throw new TypeError("not one of ours");
}

export async function addTo(spec: { shared: Int32Array; number: number }, { timers }: Io): Promise<void> {
  await timers.sleep(1);
  Atomics.add(spec.shared, 0, spec.number);
}

/** Ends its thread. */
export async function die(): Promise<never> {
  process.exit(3);
}

export async function readForever(spec: { path: string }, { files }: Io): Promise<never> {
  const file = await files.open(spec.path, { access: "read", direct: true });
  const read = async (): Promise<never> => {
    const into = files.allocate(65536);
    for (;;) await file.read(0, into);
  };
  await Promise.all(Array.from({ length: 32 }, read));
  throw new TypeError("unreachable");
}
