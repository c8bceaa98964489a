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

/**
 * A disk that can break: an ext4 on an image of its own. Broken it is read-only for everybody, whatever is open, as after an error of its device.
 * Its directory never shows what is below the mount: a store that looked there meanwhile would believe it.
 */
export class Disk {
  private device = "";
  private images = 0;

  private constructor(readonly directory: string) {}

  /** Why there can be none, or `false`. */
  static cannotBe(): string | false {
    if (spawnSync("mkfs.ext4", ["-V"]).error !== undefined) return "needs mkfs.ext4 (package e2fsprogs)";
    const place = mkdtempSync(join(tmpdir(), "varve-disk-"));
    const disk = new Disk(join(place, "on"));
    try {
      disk.mountNew();
      return existsSync(disk.errorTrigger) ? false : "the kernel has no trigger_fs_error for ext4";
    } catch {
      return "mounting a disk image needs root and a loop device";
    } finally {
      disk.unmountAll();
      rmSync(place, { recursive: true, force: true });
    }
  }

  static at(t: Test, directory: string): Disk {
    const disk = new Disk(directory);
    disk.mountNew();
    t.teardown(() => disk.unmountAll());
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

  /** An empty one takes its place: it is mounted over the old one, which those see who have files open there. */
  replace(): void {
    this.mountNew();
  }

  /** `ro` is refused while somebody has a file open to write; `rw` when it is broken. */
  remount(access: "ro" | "rw"): void {
    run("mount", "-o", `remount,${access}`, this.directory);
  }

  /** As after a start of the machine: what the journal holds is taken over. Nobody may have files open on it. */
  restart(access: "ro" | "rw"): void {
    run("umount", this.directory);
    this.mount();
    if (access === "ro") this.remount("ro");
  }

  private mountNew(): void {
    this.images++;
    writeFileSync(this.image, "");
    truncateSync(this.image, 24 << 20);
    run("mkfs.ext4", "-q", "-F", this.image);
    mkdirSync(this.directory, { recursive: true });
    this.mount();
  }

  private mount(): void {
    run("mount", "-o", "loop,errors=remount-ro", this.image, this.directory);
    const { stdout } = spawnSync("findmnt", ["-no", "SOURCE", this.directory], { encoding: "utf8" });
    this.device = stdout.trim().split("\n").at(-1) ?? "";
  }

  private unmountAll(): void {
    // Lazy: a server that a failed test left behind may still have files there.
    while (spawnSync("umount", ["--lazy", this.directory]).status === 0);
  }

  private get image(): string {
    return `${this.directory}.image-${this.images}`;
  }

  private get errorTrigger(): string {
    return `/sys/fs/ext4/${this.device.replace("/dev/", "")}/trigger_fs_error`;
  }
}
