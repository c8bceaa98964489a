/**
 * What a verification finds: one finding for each damaged place, and what they come to.
 *
 * healable: another zone has it, and opening the store or a scrub makes it good. lost: no zone has it. note: no damage, but worth a
 * word, such as a file that nothing names.
 */

export type Severity = "note" | "healable" | "lost";

export interface Finding {
  severity: Severity;
  /** The file of a zone, or the name of a file in all zones. */
  path: string;
  offset?: number;
  lengthBytes?: number;
  message: string;
}

/** clean: nothing but notes. */
export type Verdict = "clean" | "healable" | "lost";

export function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ severity }) => severity === "lost")) return "lost";
  return findings.some(({ severity }) => severity === "healable") ? "healable" : "clean";
}
