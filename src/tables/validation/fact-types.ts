/**
 * The form of the facts in facts.ts: what a JSON value of a shape may be.
 *
 * `min` and `max` bound a string's or collection's length and a number's value. Members, required names and enum values stand in
 * the order in which the service checks or prints them.
 */

/** The name of a member's shape, or that with bounds of the member's own. */
export type MemberFact = string | { readonly shape: string; readonly min?: number; readonly max?: number };

export interface StructureFact {
  readonly type: "structure";
  readonly members: Readonly<Record<string, MemberFact>>;
  readonly required?: readonly string[];
}

export interface ListFact {
  readonly type: "list";
  readonly member: string;
  readonly min?: number;
  readonly max?: number;
}

export interface MapFact {
  readonly type: "map";
  readonly key: string;
  readonly value: string;
  readonly min?: number;
  readonly max?: number;
}

export interface StringFact {
  readonly type: "string";
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression that the whole string must match. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

export interface NumberFact {
  readonly type: "integer" | "long" | "double" | "timestamp";
  readonly min?: number;
  readonly max?: number;
}

export interface PlainFact {
  readonly type: "boolean" | "blob";
}

export type ShapeFact = StructureFact | ListFact | MapFact | StringFact | NumberFact | PlainFact;

export interface OperationFact {
  /** The shape of the input. */
  readonly input: string | null;
  /** The shape of the output if it can hold attribute values. */
  readonly output: string | null;
}
