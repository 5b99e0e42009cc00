// SPDX-License-Identifier: Apache-2.0
// Where encoders come from: packages beside the page, and files of the user's.
import { packages } from "pith-encoders";
import type { OwnEncoder } from "./api/pith";
import { sha256Of } from "./api/sha256";
import type { EncoderSource } from "./worker/protocol";

/** What the page shows of a package's manifest; the engine reads the rest. */
export interface Manifest {
  name: string;
  title: string;
  sizeBytes: number;
  featureCount: number;
  licence: string;
  attribution: string;
  provisional?: boolean;
}

/** An encoder that can be chosen; its file is had only when it is. */
export interface EncoderOffer {
  name: string;
  /** For whoever wants to know more. */
  about: string;
  provisional: boolean;
  isOwn: boolean;
  /** @throws where the file cannot be had */
  open: () => Promise<EncoderSource>;
}

export const packagesBeside = packages.map(({ manifest, url }) => ({ manifest: JSON.parse(manifest) as Manifest, manifestText: manifest, url }));
export type PackageBeside = (typeof packagesBeside)[number];

export function offerPackage({ manifest, manifestText, url }: PackageBeside): EncoderOffer {
  const open = async () => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`The server answered ${response.status} for the model's file.`);
    const modelFile = await response.blob();
    return { modelFile, sha256: await sha256Of(modelFile), manifest: manifestText };
  };
  return { name: manifest.name, about: manifest.attribution, provisional: manifest.provisional ?? false, isOwn: false, open };
}

export function offerFile(modelFile: File, own: OwnEncoder): EncoderOffer {
  return { name: own.name, about: "A model file of your own.", provisional: false, isOwn: true, open: async () => ({ modelFile, sha256: await sha256Of(modelFile), own }) };
}

export const isModelFile = (name: string) => /\.(onnx|tflite)$/i.test(name);

/** What the command line calls a model by: the file's name without its ending. */
export const encoderName = (file: File) => file.name.replace(/\.[^.]*$/, "") || file.name;
