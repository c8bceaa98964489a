/**
 * Whole files: read one into memory, copy one from a zone to another.
 *
 * A copy is written under a temporary name, made durable, then renamed into place: a file of a zone is there whole or not at
 * all. Memory is bounded by one chunk.
 */
import { VarveError } from "../../errors.js";
import { type File, type Io } from "../../io/io.js";
import { temporarySuffix } from "./file-names.js";

/** Apart from that of a writer, whose late calls must not meet the copy. */
export const copySuffix = `.copy${temporarySuffix}`;

const chunkBytes = 1 << 20;

/** The bytes of a small file; CORRUPTION when it is longer than `mostBytes`. */
export async function readWholeFile(io: Io, path: string, mostBytes: number): Promise<Uint8Array> {
  const file = await io.files.open(path, { access: "read", direct: false });
  try {
    const sizeBytes = await file.sizeBytes();
    if (sizeBytes > mostBytes) {
      throw new VarveError("CORRUPTION", `${path} is longer than it can be`, {
        path,
        expected: mostBytes,
        got: sizeBytes,
      });
    }
    const bytes = new Uint8Array(sizeBytes);
    return bytes.subarray(0, await file.read(0, bytes));
  } finally {
    await file.close();
  }
}

/** Reads `[position, position + length)` as the blocks of a chunk; a check may throw. */
export type ChunkSource = (position: number, into: Uint8Array) => Promise<void>;

/** Makes `toDirectory/fileName` of `sizeBytes` from what `source` gives. Durable when it resolves; nothing is left when it fails. */
export async function writeWholeFile(
  io: Io,
  source: ChunkSource,
  toDirectory: string,
  fileName: string,
  sizeBytes: number,
  direct: boolean,
): Promise<void> {
  const path = `${toDirectory}/${fileName}`;
  const to = await io.files.open(path + copySuffix, { access: "create", direct });
  try {
    await copyChunks(io, source, to, sizeBytes);
    await to.sync();
    await to.close();
  } catch (error) {
    await to.close().catch(() => undefined);
    await io.files.remove(path + copySuffix).catch(() => undefined);
    throw error;
  }
  await io.files.rename(path + copySuffix, path);
  await io.files.syncDirectory(toDirectory);
}

async function copyChunks(io: Io, source: ChunkSource, to: File, sizeBytes: number): Promise<void> {
  const buffer = io.files.allocate(Math.min(chunkBytes, sizeBytes));
  for (let position = 0; position < sizeBytes; position += chunkBytes) {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, sizeBytes - position));
    await source(position, chunk);
    await to.write(position, chunk);
  }
}
