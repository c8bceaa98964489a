/**
 * File numbers for jobs, which are given more than they may need: what a job left unused serves the next one.
 *
 * A number is given back only when no file was ever made under it, so none names two files.
 */
export class FileNumbers {
  private readonly unused: number[] = [];

  constructor(private readonly takeNew: () => number) {}

  take(count: number): number[] {
    const reused = this.unused.splice(0, count);
    return [...reused, ...Array.from({ length: count - reused.length }, () => this.takeNew())];
  }

  giveBack(numbers: readonly number[]): void {
    this.unused.push(...numbers);
  }
}
