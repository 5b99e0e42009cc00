// SPDX-License-Identifier: Apache-2.0
// Wires the widgets to the session and the workers.
import type { EncoderInfo } from "./api/pith";
import { pageError } from "./api/result";
import type { EngineError } from "./api/result";
import { fetchEngineFiles, modelManifest } from "./engine_files";
import { keepForOfflineUse } from "./offline";
import { fetchSamples } from "./samples";
import { type IncomingFile, Session } from "./session";
import { ContainerDialog } from "./ui/container_dialog";
import { download, fileName } from "./ui/download";
import { find, setText } from "./ui/elements";
import * as format from "./ui/format";
import type { FileDrop } from "./ui/file_drop";
import type { ImageGrid } from "./ui/image_grid";
import type { Notices } from "./ui/notices";
import type { ProgressView } from "./ui/progress";
import type { RefusedList } from "./ui/refused_list";
import type { SaveForm, SaveRequest } from "./ui/save_form";
import { EngineUnavailable, workerCount, WorkerPool } from "./worker/pool";

const isContainer = ({ file }: IncomingFile) => /\.pith$/i.test(file.name);

export class Controller {
  #session = new Session();
  #pool: WorkerPool | null = null;
  #encoder: EncoderInfo | null = null;
  #drop = find<FileDrop>(document, "pith-file-drop");
  #grid = find<ImageGrid>(document, "pith-image-grid");
  #progress = find<ProgressView>(document, "pith-progress");
  #refused = find<RefusedList>(document, "pith-refused-list");
  #form = find<SaveForm>(document, "pith-save-form");
  #notices = find<Notices>(document, "pith-notices");
  #dialog = new ContainerDialog();
  #clear = find(document, "#clear");
  #isUpdateDue = false;
  #hasUnsaved = false;
  #waitingContainer: File | null = null;

  constructor() {
    this.#session.addEventListener("change", () => this.#scheduleUpdate());
    this.#session.addEventListener("unavailable", (event) => this.#showFatal((event as CustomEvent<EngineError>).detail));
    this.#drop.addEventListener("pith-files", (event) => this.#add((event as CustomEvent<IncomingFile[]>).detail));
    this.#drop.addEventListener("pith-samples", () => void this.#addSamples());
    this.#drop.addEventListener("pith-unreadable", () => this.#notices.show("The browser could not read what was dropped. Try the buttons instead."));
    this.#grid.addEventListener("pith-remove", (event) => this.#remove([(event as CustomEvent<number>).detail]));
    this.#clear.addEventListener("click", () => this.#remove([...this.#session.items].map((item) => item.id)));
    this.#progress.addEventListener("pith-stop", () => this.#session.stop());
    this.#progress.addEventListener("pith-resume", () => this.#session.resume());
    this.#progress.addEventListener("pith-drop-rest", () => this.#removeIn("waiting"));
    this.#refused.addEventListener("pith-dismiss-refused", () => this.#removeIn("refused"));
    this.#form.addEventListener("pith-save", (event) => void this.#save((event as CustomEvent<SaveRequest>).detail));
    window.addEventListener("beforeunload", (event) => { if (this.#hasUnsaved) event.preventDefault(); });
  }

  async start(): Promise<void> {
    try {
      const fetched = await fetchEngineFiles();
      if (!fetched) {
        return this.#showFatal(pageError("unsupportedBrowser", "This browser is too old: it lacks WebAssembly SIMD or WebAssembly exceptions.",
          "Use Chrome or Edge 95, Firefox 100, Safari 16.4, or anything newer."));
      }
      const memoryGiB = (navigator as { deviceMemory?: number }).deviceMemory ?? 4;
      const { script, files } = fetched;
      const pool = new WorkerPool(script, files, workerCount({ cores: navigator.hardwareConcurrency || 2, memoryGiB, modelBytes: files.modelFile.byteLength }));
      this.#encoder = await pool.start();
      this.#pool = pool;
      this.#session.useEngine(pool);
      this.#showMode(files.variant === "relaxed" ? "relaxed SIMD" : "SIMD");
      if (this.#waitingContainer) void this.#openContainer(this.#waitingContainer);
    } catch (error) {
      this.#showFatal(error instanceof EngineUnavailable ? error.reason
        : pageError("engineFailure", `A part of this page could not be loaded. ${error instanceof Error ? error.message : ""}`, "Check that the server runs, and reload."));
    }
    await this.#keepOffline();
  }

  async #keepOffline(): Promise<void> {
    const isKept = await keepForOfflineUse(() => this.#session.size === 0);
    document.body.dataset.offline = isKept ? "ready" : "unavailable";
    if (isKept) setText(find(document, "#local-state"), "Runs on this computer only, also offline");
  }

  #showMode(variantWords: string): void {
    const workers = this.#pool!.size === 1 ? "1 worker" : `${this.#pool!.size} workers`;
    const provisional = modelManifest.provisional ? ", provisional" : "";
    setText(find(document, "#mode"), `Encoder ${this.#encoder!.name}${provisional} · ${this.#encoder!.featureCount} numbers an image · WebAssembly, ${variantWords} · ${workers}`);
    find(document, "#mode").title = `${this.#encoder!.engine}. ${modelManifest.attribution}`;
    document.body.dataset.engine = "ready";
  }

  #showFatal(error: EngineError): void {
    const place = find(document, "#fatal");
    place.textContent = `${format.sentence(error.detail)} ${error.advice}`;
    place.hidden = false;
    setText(find(document, "#mode"), "Not running");
  }

  #add(incoming: IncomingFile[]): void {
    const container = incoming.find(isContainer);
    if (container) void this.#openContainer(container.file);
    const images = incoming.filter((entry) => !isContainer(entry));
    if (images.length === 0) return;
    this.#hasUnsaved = true;
    const added = this.#session.add(images);
    if (added < images.length) this.#notices.show(`${format.images(images.length - added)} ${images.length - added === 1 ? "was" : "were"} in the list already.`);
    else this.#notices.hide();
  }

  async #addSamples(): Promise<void> {
    try {
      this.#add((await fetchSamples()).map((file) => ({ file, folder: null })));
    } catch (error) {
      this.#notices.show(`The sample images could not be loaded. ${error instanceof Error ? error.message : ""}`);
    }
  }

  #remove(ids: number[]): void {
    const removed = this.#session.remove(ids);
    if (removed > 0) this.#notices.show(`${format.images(removed)} removed.`, { label: "Undo", run: () => this.#session.undo() });
  }

  #removeIn(state: "waiting" | "refused"): void {
    this.#remove([...this.#session.items].filter((item) => item.state === state).map((item) => item.id));
  }

  async #openContainer(file: File): Promise<void> {
    this.#waitingContainer = this.#pool ? null : file;
    if (this.#pool) this.#dialog.show(file, await this.#pool.describe(file));
  }

  async #save({ dataset, featureType, labelsFromFolders }: SaveRequest): Promise<void> {
    if (!this.#pool || !this.#encoder) return;
    this.#form.showSaving();
    const { labelColumns, records } = this.#session.records(labelsFromFolders);
    const result = await this.#pool.finish({
      dataset, encoder: this.#encoder, labelColumns, featureType,
      records: records.map(({ item, labels }) => ({ features: item.features!, labels })),
    });
    if (!result.ok) return this.#form.showError(result.error);
    const { file, description } = result.value;
    const name = fileName(dataset.title);
    download(file, name);
    this.#hasUnsaved = false;
    this.#form.showSaved(name, file.byteLength, description);
  }

  /** Many images may change between two pictures on the screen. */
  #scheduleUpdate(): void {
    if (this.#isUpdateDue) return;
    this.#isUpdateDue = true;
    setTimeout(() => {
      this.#isUpdateDue = false;
      this.#update();
    }, 50);
  }

  #update(): void {
    const featureCount = this.#encoder?.featureCount ?? 0;
    document.body.classList.toggle("is-empty", this.#session.size === 0);
    this.#clear.hidden = this.#session.size === 0;
    this.#grid.update(this.#session);
    this.#progress.update(this.#session, featureCount);
    this.#refused.update(this.#session);
    this.#form.update(this.#session, featureCount);
    if (this.#session.size === 0) this.#hasUnsaved = false;
  }
}
