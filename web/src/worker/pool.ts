// SPDX-License-Identifier: Apache-2.0
// As many workers as the computer has cores and memory for. Each holds one engine and encodes one image at a time.
import type { ContainerContent, ContainerDescription } from "../api/containers";
import type { EncoderInfo } from "../api/pith";
import { type EngineError, type Extraction, type Inspection, pageError, type Result } from "../api/result";
import { WorkerClient, WorkerCrash } from "./client";
import type { EncoderSource, EngineFiles, WrittenContainer } from "./protocol";

/** A model of some hundred megabytes on a slow computer. */
const loadTimeoutSeconds = 180;
const extractTimeoutSeconds = 180;
const finishTimeoutSeconds = 600;
/** A worker whose memory has grown beyond this and its model's share is replaced, since WebAssembly gives no memory back. */
const recycleAboveBytes = 384 * 2 ** 20;
/** The weights as read, which are given back while they are packed, and what they need meanwhile. */
const memoryPerModelByte = 2;

/** The engine cannot run at all: the reason is for the user. */
export class EngineUnavailable extends Error {
  constructor(readonly reason: EngineError) {
    super(reason.detail);
  }
}

/** A worker could not be started, but others run: the image can be tried again. */
export class WorkerUnavailable extends Error {}

const encoderChanged = pageError("engineFailure", "The encoder was changed while the file was written.", "Save again.");

/**
 * How many workers to run.
 * @param memoryGiB  of the computer, as far as the browser tells (it rounds, and says 8 at most)
 */
export function workerCount({ cores, memoryGiB, modelBytes }: { cores: number; memoryGiB: number; modelBytes: number }): number {
  // A third of the memory for us. Each worker has the model's packed weights and activations, and an image.
  const bytesPerWorker = 96 * 2 ** 20 + memoryPerModelByte * modelBytes;
  return Math.max(1, Math.min(cores, Math.floor((memoryGiB * 2 ** 30) / 3 / bytesPerWorker)));
}

interface Slot {
  client: WorkerClient;
  ready: Promise<EncoderInfo>;
  isReady: boolean;
  isBusy: boolean;
}

/** A worker whose engine starts while its encoder is still on its way. What fails says so again when the encoder is loaded. */
export function startWorker({ script, files }: { script: string; files: EngineFiles }): WorkerClient {
  const client = new WorkerClient(script, "pith-1");
  client.request("start", { engine: files.engine }, loadTimeoutSeconds).catch(() => {});
  return client;
}

export class WorkerPool {
  #script: string;
  #files: EngineFiles;
  #encoder: EncoderSource;
  #first: WorkerClient | null;
  #slots: Slot[] = [];
  #size: number;
  #probe: Promise<Result<Float32Array<ArrayBuffer>>> | null = null;
  #isStopped = false;

  /**
   * @param script  URL of the worker's script
   * @param first  what startWorker gave, of the same engine
   */
  constructor(script: string, files: EngineFiles, encoder: EncoderSource, size: number, first: WorkerClient | null = null) {
    this.#script = script;
    this.#files = files;
    this.#encoder = encoder;
    this.#size = size;
    this.#first = first;
  }

  get size(): number {
    return this.#size;
  }

  get hasRoom(): boolean {
    return !this.#isStopped && (this.#slots.length < this.#size || this.#slots.some((slot) => !slot.isBusy));
  }

  /** Starts the first worker. @throws EngineUnavailable */
  async start(): Promise<EncoderInfo> {
    return (this.#slots[0] ?? this.#addSlot()).ready;
  }

  /** Ends every worker, for good; what they are doing is lost. */
  stop(): void {
    this.#isStopped = true;
    this.#first?.terminate();
    for (const slot of [...this.#slots]) this.#removeSlot(slot);
  }

  /**
   * Encodes one file. Call it only while `hasRoom`.
   * @throws EngineUnavailable, WorkerUnavailable
   */
  async extract(file: Blob, thumbnailSidePx: number): Promise<Result<Extraction>> {
    const slot = this.#takeSlot();
    try {
      await slot.ready;
    } catch (error) {
      if (this.#slots.length === 0) throw error;
      this.#size = this.#slots.length;
      throw new WorkerUnavailable();
    }
    try {
      const result = await slot.client.request("extract", { file, thumbnailSidePx }, extractTimeoutSeconds);
      if (result.ok && result.value.memoryBytes > recycleAboveBytes + memoryPerModelByte * this.#encoder.modelFile.size) this.#removeSlot(slot);
      return result;
    } catch (error) {
      if (!(error instanceof WorkerCrash)) throw error;
      this.#removeSlot(slot);
      return { ok: false, error: pageError("engineFailure", `The engine stopped while it read this file and was started again. ${error.message}`,
        "Report this, if you may share the file.") };
    } finally {
      slot.isBusy = false;
    }
  }

  /** Writes a container with the encoder's parity probe, and reads it back, in a worker of its own. */
  async finish(content: Omit<ContainerContent, "probe">): Promise<Result<WrittenContainer>> {
    this.#probe ??= this.#computeProbe();
    const probe = await this.#probe;
    if (!probe.ok) {
      this.#probe = null;
      return probe;
    }
    const { containers } = this.#files;
    return this.#inOwnWorker((client) => client.request("finish", { containers, content: { ...content, probe: probe.value } }, finishTimeoutSeconds));
  }

  /** Opens a container, checks and describes it. */
  describe(file: Blob): Promise<Result<ContainerDescription>> {
    const { containers } = this.#files;
    return this.#inOwnWorker((client) => client.request("describe", { containers, file }, finishTimeoutSeconds));
  }

  /** Looks into a model file. @param recipe JSON, or empty */
  inspect(file: Blob, recipe: string): Promise<Result<Inspection>> {
    const { engine } = this.#files;
    return this.#inOwnWorker((client) => client.request("inspect", { engine, file, recipe }, loadTimeoutSeconds));
  }

  /** In a worker that has the encoder loaded, after what that one is doing. */
  async #computeProbe(isSecondTry = false): Promise<Result<Float32Array<ArrayBuffer>>> {
    if (this.#isStopped) return { ok: false, error: encoderChanged };
    const slot = this.#slots.find((candidate) => candidate.isReady) ?? this.#slots[0] ?? this.#addSlot();
    try {
      await slot.ready;
      return await slot.client.request("probe", {}, extractTimeoutSeconds);
    } catch (error) {
      if (this.#isStopped) return { ok: false, error: encoderChanged };
      if (error instanceof EngineUnavailable) return { ok: false, error: error.reason };
      if (!(error instanceof WorkerCrash)) throw error;
      this.#removeSlot(slot);
      if (!isSecondTry) return this.#computeProbe(true);
      return { ok: false, error: pageError("engineFailure", `The engine stopped. ${error.message}`, "Save again, or report this.") };
    }
  }

  #takeSlot(): Slot {
    const idle = this.#slots.filter((slot) => !slot.isBusy);
    const slot = idle.find((candidate) => candidate.isReady) ?? idle[0] ?? this.#addSlot();
    slot.isBusy = true;
    return slot;
  }

  #addSlot(): Slot {
    if (this.#isStopped) throw new WorkerUnavailable("The workers were ended.");
    const client = this.#first ?? new WorkerClient(this.#script, `pith-${this.#slots.length + 1}`);
    this.#first = null;
    const slot: Slot = { client, ready: this.#load(client), isReady: false, isBusy: false };
    slot.ready.then(() => { slot.isReady = true; }, () => this.#removeSlot(slot));
    this.#slots.push(slot);
    return slot;
  }

  #removeSlot(slot: Slot): void {
    slot.client.terminate();
    this.#slots = this.#slots.filter((other) => other !== slot);
  }

  async #load(client: WorkerClient): Promise<EncoderInfo> {
    try {
      const result = await client.request("load", { engine: this.#files.engine, encoder: this.#encoder }, loadTimeoutSeconds);
      if (!result.ok) throw new EngineUnavailable(result.error);
      return result.value;
    } catch (error) {
      if (!(error instanceof WorkerCrash)) throw error;
      throw new EngineUnavailable(pageError("engineFailure", `The engine could not be started. ${error.message}`,
        "Reload the page, or try another browser."));
    }
  }

  async #inOwnWorker<T>(action: (client: WorkerClient) => Promise<Result<T>>): Promise<Result<T>> {
    const client = new WorkerClient(this.#script, "pith-single-task");
    try {
      return await action(client);
    } catch (error) {
      if (!(error instanceof WorkerCrash)) throw error;
      return { ok: false, error: pageError("engineFailure", `The engine stopped. ${error.message}`, "Try again, or report this.") };
    } finally {
      client.terminate();
    }
  }
}
