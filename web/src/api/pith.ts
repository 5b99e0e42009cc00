// SPDX-License-Identifier: Apache-2.0
// The engine as the workers use it: typed, and the only owner of handles into WebAssembly's memory.
import createRelaxed from "pith-engine/relaxed";
import createSimd from "pith-engine/simd";
import type { Extractor, MainModule } from "./engine";
import type { Extraction, Result } from "./result";
import type { Variant } from "./select_variant";

/** How the features came to be, as the container will tell it. */
export interface EncoderInfo {
  name: string;
  modelSha256: string;
  tap: string;
  featureCount: number;
  engine: string;
}

export interface DatasetInfo {
  title: string;
  author: string;
  contact: string;
  source: string;
  licence: string;
  notes: string;
}

export interface LabelColumn {
  name: string;
  type: "categorical" | "number" | "text";
  categories: string[];
}

/** A label: missing, a number, a text, or the number of a category. */
export type Label = null | number | string | { category: number };

export interface ContainerRecord {
  features: Float32Array<ArrayBuffer>;
  labels: Label[];
}

/** How a container stores features; the page writes the first three. */
export type FeatureType = "f16" | "f32" | "i8" | "bf16" | "i4";

export interface ContainerContent {
  dataset: DatasetInfo;
  encoder: EncoderInfo;
  labelColumns: LabelColumn[];
  records: ContainerRecord[];
  featureType: FeatureType;
}

/** What a container says about itself. */
export interface ContainerDescription {
  dataset: DatasetInfo;
  encoder: EncoderInfo;
  labelColumns: LabelColumn[];
  recordCount: number;
  splits: Record<string, number>;
  featureType: FeatureType;
  narrowing: { maxAbsolute: number; rootMeanSquare: number; relativeL2: number };
  sections: { name: string; offsetBytes: number; lengthBytes: number; sha256: string }[];
  writer: string;
}

const factories = { relaxed: createRelaxed, simd: createSimd };

/** One WebAssembly instance with at most one network in it. */
export class Pith {
  #module: MainModule;
  #extractor: Extractor | null = null;

  private constructor(module: MainModule) {
    this.#module = module;
  }

  /** Makes an instance from a module that was compiled before. */
  static async start(variant: Variant, compiled: WebAssembly.Module): Promise<Pith> {
    const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      WebAssembly.instantiate(compiled, imports).then(done);
      return {};
    };
    return new Pith(await factories[variant]({ instantiateWasm }));
  }

  /** Reads a model file that its manifest describes; it is refused where its SHA-256 differs. */
  load(modelFile: Uint8Array, manifest: string): Result<EncoderInfo> {
    this[Symbol.dispose]();
    const result = this.#module.Extractor.load(modelFile, manifest);
    if (!result.ok) return result;
    this.#extractor = result.value;
    return { ok: true, value: JSON.parse(this.#extractor.info()) as EncoderInfo };
  }

  /** @param thumbnailSidePx the longer side of the thumbnail, 0 for none */
  extract(imageFile: Uint8Array, thumbnailSidePx: number): Result<Extraction> {
    if (!this.#extractor) throw new Error("load() comes before extract()");
    return this.#extractor.extract(imageFile, thumbnailSidePx);
  }

  /** Writes a container. Its record ids are random: two files of the same content differ. */
  write(content: ContainerContent): Result<Uint8Array<ArrayBuffer>> {
    const created = this.#module.ContainerWriter.create(
      JSON.stringify(content.dataset), JSON.stringify(content.encoder), JSON.stringify(content.labelColumns), content.featureType);
    if (!created.ok) return created;
    const writer = created.value;
    try {
      for (const { features, labels } of content.records) {
        const added = writer.add(features, JSON.stringify({ labels }));
        if (!added.ok) return added;
      }
      return writer.toBytes(crypto.getRandomValues(new Uint8Array(32)));
    } finally {
      writer.delete();
    }
  }

  /** Opens a container, checks every hash and describes it. */
  describe(file: Uint8Array): Result<ContainerDescription> {
    const verified = this.#module.verifyContainer(file);
    if (!verified.ok) return verified;
    const described = this.#module.describeContainer(file);
    return described.ok ? { ok: true, value: JSON.parse(described.value) as ContainerDescription } : described;
  }

  /** Never shrinks while the instance lives. */
  get memoryBytes(): number {
    return this.#module.memoryBytes();
  }

  [Symbol.dispose](): void {
    this.#extractor?.delete();
    this.#extractor = null;
  }
}
