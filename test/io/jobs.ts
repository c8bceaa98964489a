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
