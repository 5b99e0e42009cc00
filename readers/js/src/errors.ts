// SPDX-License-Identifier: Apache-2.0
// Every way a call of this reader can fail, with the names that all readers of the format use.

const advices = {
  notAContainer: "Choose a .pith file.",
  unsupportedVersion: "Open the file with a newer reader.",
  unsupportedSection: "Open the file with a newer reader.",
  truncatedContainer: "Copy the file again from its source; the end of it is missing.",
  corruptContainer: "Copy the file again from its source; its content is damaged.",
  hashMismatch: "Copy the file again from its source; its content has changed.",
  containerTooLarge: "Split the data into several containers.",
  nonFiniteFeature: "Ask the author for a file without the record that is named.",
  readFailed: "Check that the file is there, that you may read it, and that the server answers range requests.",
  invalidArgument: "Correct the argument that is named.",
} as const;

export type PithErrorCode = keyof typeof advices;

/** A failure. `message` is one sentence that says what was seen and what is allowed; it holds nothing of the file's texts. */
export class PithError extends Error {
  override readonly name = "PithError";
  readonly code: PithErrorCode;

  constructor(code: PithErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** One sentence that tells a user what to do. */
  get advice(): string {
    return advices[this.code];
  }
}

/** @throws PithError always */
export function refuse(code: PithErrorCode, message: string): never {
  throw new PithError(code, message);
}

/** @throws PithError `corruptContainer`, always */
export function corrupt(message: string): never {
  throw new PithError("corruptContainer", message);
}
