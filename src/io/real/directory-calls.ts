/**
 * Names and directories of the real machine: node:fs, with errors mapped. None of these calls is frequent enough to be
 * worth native code.
 */
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { fromSystemError } from "../io-error.js";

export interface PathStatus {
  kind: "file" | "directory";
  sizeBytes: number;
  deviceId: number;
}

async function mapped<T>(call: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw fromSystemError(error, call, path);
  }
}

export function list(directory: string): Promise<string[]> {
  return mapped("list", directory, async () => (await fs.readdir(directory)).sort());
}

export function stat(path: string): Promise<PathStatus | undefined> {
  return mapped("stat", path, async () => {
    try {
      const status = await fs.stat(path);
      return { kind: status.isDirectory() ? "directory" : "file", sizeBytes: status.size, deviceId: status.dev };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw error;
    }
  });
}

export function makeDirectory(path: string): Promise<void> {
  return mapped("makeDirectory", path, async () => {
    await fs.mkdir(path, { recursive: true });
  });
}

/** A file, or an empty directory. */
export function remove(path: string): Promise<void> {
  return mapped("remove", path, async () => {
    try {
      await fs.unlink(path);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // Linux answers EISDIR, POSIX has EPERM.
      if (code !== "EISDIR" && code !== "EPERM") throw error;
      await fs.rmdir(path);
    }
  });
}

export function rename(from: string, to: string): Promise<void> {
  return mapped("rename", from, () => fs.rename(from, to));
}

export function link(from: string, to: string): Promise<void> {
  return mapped("link", to, () => fs.link(from, to));
}

export function syncDirectory(path: string): Promise<void> {
  return mapped("syncDirectory", path, async () => {
    const handle = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

export function freeBytes(path: string): Promise<number> {
  return mapped("freeBytes", path, async () => {
    const { bavail, bsize } = await fs.statfs(path);
    return bavail * bsize;
  });
}
