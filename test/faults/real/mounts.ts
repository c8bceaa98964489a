/** Small file systems for a test, for those who may mount: in memory, or on an ext4 image that can break. Each is unmounted at the test's end. */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";

export function temporaryDirectory(t: Test, name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `varve-${name}-`));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Why this process cannot mount; `false` when it can: the `skip` of a test. */
export function cannotMount(): string | false {
  const place = mkdtempSync(join(tmpdir(), "varve-mount-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", place]);
  if (status === 0) spawnSync("umount", [place]);
  rmSync(place, { recursive: true, force: true });
  return status === 0 ? false : "mounting a tmpfs needs root and the program mount";
}

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
}

/** Mounts a tmpfs of so many bytes at the directory, which is made. */
export function mountMemory(t: Test, directory: string, sizeBytes: number): void {
  mkdirSync(directory, { recursive: true });
  run("mount", "-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", directory);
  // Lazy: a server that a failed test left behind may still have files there.
  t.teardown(() => spawnSync("umount", ["--lazy", directory]));
}

/** Fills the file system until not a byte fits; removing the file makes room again. */
export function fillUp(ballast: string): void {
  const fd = openSync(ballast, "a");
  try {
    for (let size = 1 << 20; size >= 512; size /= 2) while (isWritten(fd, size));
  } finally {
    closeSync(fd);
  }
}

function isWritten(fd: number, size: number): boolean {
  try {
    return writeSync(fd, Buffer.alloc(size, 1)) === size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}

/** A disk that can break: an ext4 on an image of its own. Broken it is read-only for everybody, whatever is open, as after an error of its device. */
export class Disk {
  private device = "";

  private constructor(
    readonly directory: string,
    private readonly image: string,
  ) {}

  /** Why there can be none, or `false`. */
  static cannotBe(): string | false {
    if (spawnSync("mkfs.ext4", ["-V"]).error !== undefined) return "needs mkfs.ext4 (package e2fsprogs)";
    const place = mkdtempSync(join(tmpdir(), "varve-disk-"));
    const disk = new Disk(join(place, "on"), join(place, "image"));
    try {
      disk.make();
      return existsSync(disk.errorTrigger) ? false : "the kernel has no trigger_fs_error for ext4";
    } catch {
      return "mounting a disk image needs root and a loop device";
    } finally {
      disk.unmount();
      rmSync(place, { recursive: true, force: true });
    }
  }

  static at(t: Test, directory: string): Disk {
    const disk = new Disk(directory, `${directory}.image`);
    disk.make();
    t.teardown(() => disk.unmount());
    return disk;
  }

  /** The kernel meets an error on it and makes it read-only at once. */
  break(): void {
    try {
      writeFileSync(this.errorTrigger, "1");
    } catch {
      // The answer to the write may be that the file system is read-only by now.
    }
  }

  /** An empty one takes its place. */
  replace(): void {
    this.unmount();
    this.make();
  }

  /** Unmounts it and mounts it again so; nobody may have files open on it. */
  mountAgain(access: "ro" | "rw"): void {
    this.unmount();
    this.mount(access);
  }

  private make(): void {
    rmSync(this.image, { force: true });
    writeFileSync(this.image, "");
    truncateSync(this.image, 24 << 20);
    run("mkfs.ext4", "-q", "-F", this.image);
    this.mount("rw");
  }

  private mount(access: "ro" | "rw"): void {
    mkdirSync(this.directory, { recursive: true });
    run("mount", "-o", `loop,errors=remount-ro,${access}`, this.image, this.directory);
    this.device = spawnSync("findmnt", ["-no", "SOURCE", this.directory], { encoding: "utf8" }).stdout.trim();
  }

  private unmount(): void {
    spawnSync("umount", ["--lazy", this.directory]);
  }

  private get errorTrigger(): string {
    return `/sys/fs/ext4/${this.device.replace("/dev/", "")}/trigger_fs_error`;
  }
}
