// What a failure says: first what happened, then what to do.

/** Two sentences. */
export interface Message {
  /** What happened. */
  readonly what: string;
  /** What to do. */
  readonly todo: string;
}
