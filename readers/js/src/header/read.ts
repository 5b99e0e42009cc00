// SPDX-License-Identifier: Apache-2.0
// The header: its hash, its form, its rules, and the sections that it describes.
import { Message } from "../capnp.js";
import type { Bytes } from "../bytes.js";
import type { FeatureType } from "../enumerators.js";
import { refuse } from "../errors.js";
import type { Preamble } from "../preamble.js";
import { checkSections, rawLength } from "../sections.js";
import { expectDigest, sha256 } from "../sha256.js";
import { decodeHeader, type Entry, type RawEncoder, type RawSection } from "./decode.js";
import type { Encoder, Header, Section } from "./model.js";
import { checkHeader } from "./rules.js";

/** Most bytes of a header that this reader takes. */
export const headerLimit = 64 << 20;

/** Any key is one of the object's own, `__proto__` too. */
const toObject = (entries: readonly Entry[]): Record<string, string> => Object.fromEntries(entries.map(({ key, value }) => [key, value]));

function toEncoder(raw: RawEncoder): Encoder {
  return {
    ...raw,
    model: toObject(raw.model),
    dataProcessing: toObject(raw.dataProcessing),
    performance: toObject(raw.performance),
    training: toObject(raw.training),
  };
}

function toSection({ name, type, required, offset, length, shape, sha256: digest, encoding }: RawSection): Section {
  return { name, type, required, offset, length, shape, sha256: digest, encoding };
}

/** @throws PithError `containerTooLarge` */
export function checkHeaderLength(length: number): void {
  if (length > headerLimit) refuse("containerTooLarge", `the header has ${length} bytes; at most ${headerLimit} are read`);
}

/**
 * @param bytes the header's, which stay as they are
 * @throws PithError `hashMismatch`, `corruptContainer`, `unsupportedVersion`, `unsupportedSection`, `containerTooLarge`
 */
export async function readHeader(bytes: Bytes, preamble: Preamble): Promise<Header> {
  expectDigest(await sha256(bytes), preamble.headerSha256, "the header");
  const raw = decodeHeader(new Message(bytes).root());
  checkHeader(raw, preamble.recordCount);
  checkSections(raw, preamble);
  const sections = new Map(raw.sections.map((section) => [section.name, section]));
  return {
    ...raw,
    encoders: raw.encoders.map(toEncoder),
    features: raw.features.map((block, i) => ({
      ...block,
      type: sections.get(`features/${i}`)!.type as FeatureType,
      featureCount: raw.encoders[block.encoder]!.featureCount,
    })),
    documents: raw.documents.map((document, k) => ({ ...document, length: rawLength(sections.get(`documents/${k}`)!) })),
    sections: raw.sections.map(toSection),
  };
}
