// SPDX-License-Identifier: Apache-2.0
// The page's end of one worker: requests become promises.
import type { Kind, Reply, Requests } from "./protocol";

/** The worker died, hung or lost its state; whatever it was doing is gone, and so is the worker. */
export class WorkerCrash extends Error {}

interface Pending {
  resolve: (answer: never) => void;
  reject: (error: WorkerCrash) => void;
  timer: number;
}

export class WorkerClient {
  #worker: Worker;
  #pending = new Map<number, Pending>();
  #nextId = 1;
  #end: WorkerCrash | null = null;

  constructor(script: string, name: string) {
    this.#worker = new Worker(script, { name });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#settle(data);
    this.#worker.onerror = (event) => this.#crash(event.message || "The worker could not be started.");
    this.#worker.onmessageerror = () => this.#crash("The worker's answer could not be read.");
  }

  /** @throws WorkerCrash */
  request<K extends Kind>(kind: K, asks: Requests[K]["asks"], timeoutSeconds: number): Promise<Requests[K]["answers"]> {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => this.#crash(`There was no answer within ${timeoutSeconds} seconds.`), timeoutSeconds * 1000);
      this.#pending.set(id, { resolve, reject, timer });
      this.#worker.postMessage({ id, kind, ...asks });
    });
  }

  terminate(): void {
    this.#crash("The worker was ended.");
  }

  #settle(reply: Reply): void {
    if ("crashed" in reply) return this.#crash(reply.crashed);
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    pending.resolve(reply.answer as never);
  }

  #crash(reason: string): void {
    this.#worker.terminate();
    this.#end ??= new WorkerCrash(reason);
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#end);
    }
    this.#pending.clear();
  }
}
