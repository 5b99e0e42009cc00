// SPDX-License-Identifier: Apache-2.0
// As many workers as the computer has cores and memory for. Each holds one engine and encodes one image at a time.
import type { ContainerContent, ContainerDescription, EncoderInfo } from "../api/pith";
import { type EngineError, type Extraction, pageError, type Result } from "../api/result";
import { WorkerClient, WorkerCrash } from "./client";
import type { EngineFiles, WrittenContainer } from "./protocol";

const loadTimeoutSeconds = 60;
const extractTimeoutSeconds = 180;
const finishTimeoutSeconds = 600;
/** A worker whose memory has grown beyond this is replaced, since WebAssembly gives no memory back. */
const recycleAboveBytes = 384 * 2 ** 20;

/** The engine cannot run at all: the reason is for the user. */
export class EngineUnavailable extends Error {
  constructor(readonly reason: EngineError) {
    super(reason.detail);
  }
}

/** A worker could not be started, but others run: the image can be tried again. */
export class WorkerUnavailable extends Error {}

/**
 * How many workers to run.
 * @param memoryGiB  of the computer, as far as the browser tells (it rounds, and says 8 at most)
 */
export function workerCount({ cores, memoryGiB, modelBytes }: { cores: number; memoryGiB: number; modelBytes: number }): number {
  // A third of the memory for us. Each worker has the model's file, its packed weights and activations, and an image.
  const bytesPerWorker = 96 * 2 ** 20 + 4 * modelBytes;
  return Math.max(1, Math.min(cores, Math.floor((memoryGiB * 2 ** 30) / 3 / bytesPerWorker)));
}

interface Slot {
  client: WorkerClient;
  ready: Promise<EncoderInfo>;
  isReady: boolean;
  isBusy: boolean;
}

export class WorkerPool {
  #script: string;
  #files: EngineFiles;
  #slots: Slot[] = [];
  #size: number;

  /** @param script  URL of the worker's script */
  constructor(script: string, files: EngineFiles, size: number) {
    this.#script = script;
    this.#files = files;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  get hasRoom(): boolean {
    return this.#slots.length < this.#size || this.#slots.some((slot) => !slot.isBusy);
  }

  /** Starts the first worker. @throws EngineUnavailable */
  async start(): Promise<EncoderInfo> {
    return (this.#slots[0] ?? this.#addSlot()).ready;
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
      if (result.ok && result.value.memoryBytes > recycleAboveBytes) this.#removeSlot(slot);
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

  /** Writes a container and reads it back, in a worker of its own. */
  finish(content: ContainerContent): Promise<Result<WrittenContainer>> {
    return this.#inOwnWorker((client) => client.request("finish", { content }, finishTimeoutSeconds));
  }

  /** Opens a container, checks and describes it. */
  describe(file: Blob): Promise<Result<ContainerDescription>> {
    return this.#inOwnWorker((client) => client.request("describe", { file }, finishTimeoutSeconds));
  }

  #takeSlot(): Slot {
    const idle = this.#slots.filter((slot) => !slot.isBusy);
    const slot = idle.find((candidate) => candidate.isReady) ?? idle[0] ?? this.#addSlot();
    slot.isBusy = true;
    return slot;
  }

  #addSlot(): Slot {
    const client = new WorkerClient(this.#script, `pith-${this.#slots.length + 1}`);
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
      const result = await client.request("load", this.#files, loadTimeoutSeconds);
      if (!result.ok) throw new EngineUnavailable(result.error);
      return result.value!;
    } catch (error) {
      if (!(error instanceof WorkerCrash)) throw error;
      throw new EngineUnavailable(pageError("engineFailure", `The engine could not be started. ${error.message}`,
        "Reload the page, or try another browser."));
    }
  }

  async #inOwnWorker<T>(action: (client: WorkerClient) => Promise<Result<T>>): Promise<Result<T>> {
    const client = new WorkerClient(this.#script, "pith-container");
    try {
      const started = await client.request("load", { ...this.#files, modelFile: null }, loadTimeoutSeconds);
      return started.ok ? await action(client) : started;
    } catch (error) {
      if (!(error instanceof WorkerCrash)) throw error;
      return { ok: false, error: pageError("engineFailure", `The engine stopped. ${error.message}`, "Try again, or report this.") };
    } finally {
      client.terminate();
    }
  }
}
