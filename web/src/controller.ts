// SPDX-License-Identifier: Apache-2.0
// Wires the widgets to the session and the workers.
import type { EncoderInfo } from "./api/pith";
import { pageError } from "./api/result";
import type { EngineError } from "./api/result";
import type { GivenFiles } from "./dropped_files";
import { type EncoderOffer, isModelFile, offerPackage, packagesBeside } from "./encoders";
import { fetchEngineFiles } from "./engine_files";
import { keepForOfflineUse } from "./offline";
import { fetchSamples } from "./samples";
import { type IncomingFile, Session } from "./session";
import { ContainerDialog } from "./ui/container_dialog";
import { download, fileName } from "./ui/download";
import { find, setText } from "./ui/elements";
import type { ChosenEncoder, EncoderChoice } from "./ui/encoder_choice";
import type { FileDrop } from "./ui/file_drop";
import { keepFocus } from "./ui/focus";
import * as format from "./ui/format";
import type { ImageGrid } from "./ui/image_grid";
import type { Notices } from "./ui/notices";
import type { ProgressView } from "./ui/progress";
import type { RefusedList } from "./ui/refused_list";
import type { SaveForm, SaveRequest } from "./ui/save_form";
import type { WorkerClient } from "./worker/client";
import { EngineUnavailable, startWorker, workerCount, WorkerPool } from "./worker/pool";
import type { EncoderSource } from "./worker/protocol";

type Engine = NonNullable<Awaited<ReturnType<typeof fetchEngineFiles>>>;

const isContainer = ({ file }: IncomingFile) => /\.pith$/i.test(file.name);

export class Controller {
  #session = new Session();
  #pool: WorkerPool | null = null;
  #encoder: EncoderInfo | null = null;
  #engine: Engine | null = null;
  #offer: EncoderOffer | null = null;
  #hasChosenEncoder = false;
  #drop = find<FileDrop>(document, "pith-file-drop");
  #grid = find<ImageGrid>(document, "pith-image-grid");
  #choice = find<EncoderChoice>(document, "pith-encoder-choice");
  #progress = find<ProgressView>(document, "pith-progress");
  #refused = find<RefusedList>(document, "pith-refused-list");
  #form = find<SaveForm>(document, "pith-save-form");
  #notices = find<Notices>(document, "pith-notices");
  #dialog = new ContainerDialog();
  #clear = find(document, "#clear");
  #isUpdateDue = false;
  #waitingContainer: File | null = null;

  constructor() {
    this.#session.addEventListener("change", () => this.#scheduleUpdate());
    this.#session.addEventListener("unavailable", (event) => this.#showFatal((event as CustomEvent<EngineError>).detail));
    this.#drop.addEventListener("pith-files", (event) => void this.#add((event as CustomEvent<GivenFiles>).detail));
    this.#drop.addEventListener("pith-samples", () => void this.#addSamples());
    this.#drop.addEventListener("pith-reading", (event) => this.#showReading((event as CustomEvent<number>).detail));
    this.#choice.addEventListener("pith-encoder", (event) => void this.#changeEncoder((event as CustomEvent<ChosenEncoder>).detail));
    this.#grid.addEventListener("pith-remove", (event) => this.#remove([(event as CustomEvent<number>).detail]));
    this.#clear.addEventListener("click", () => this.#remove([...this.#session.items].map((item) => item.id)));
    this.#progress.addEventListener("pith-stop", () => this.#session.stop());
    this.#progress.addEventListener("pith-resume", () => this.#resume());
    this.#progress.addEventListener("pith-drop-rest", () => this.#removeIn("waiting"));
    this.#refused.addEventListener("pith-dismiss-refused", () => this.#removeIn("refused"));
    this.#form.addEventListener("pith-save", (event) => void this.#save((event as CustomEvent<SaveRequest>).detail));
    window.addEventListener("beforeunload", (event) => this.#warnOfLoss(event));
  }

  async start(): Promise<void> {
    try {
      const offer = offerPackage(packagesBeside[0]!);
      const opening = offer.open();
      opening.catch(() => {});  // it is waited for below
      const engine = await fetchEngineFiles({ sameBits: false });
      if (!engine) {
        return this.#showFatal(pageError("unsupportedBrowser", "This browser is too old: it lacks WebAssembly SIMD or WebAssembly exceptions.",
          "Use Chrome or Edge 95, Firefox 100, Safari 16.4, or anything newer."));
      }
      const pool = await this.#openPool(engine, opening);
      this.#useEncoder(engine, offer, pool, await pool.start());
      this.#choice.useEngine((file, recipe) => this.#pool!.inspect(file, recipe));
      if (this.#waitingContainer) void this.#openContainer(this.#waitingContainer);
    } catch (error) {
      this.#showFatal(error instanceof EngineUnavailable ? error.reason
        : pageError("engineFailure", `A part of this page could not be loaded. ${error instanceof Error ? error.message : ""}`, "Check that the server runs, and reload."));
    }
    await this.#keepOffline();
  }

  /** The first worker starts while the encoder's file is had. */
  async #openPool(engine: Engine, opening: Promise<EncoderSource>): Promise<WorkerPool> {
    const first = startWorker(engine);
    try {
      return this.#createPool(engine, await opening, first);
    } catch (error) {
      first.terminate();
      throw error;
    }
  }

  #createPool({ script, files }: Engine, source: EncoderSource, first: WorkerClient): WorkerPool {
    const memoryGiB = (navigator as { deviceMemory?: number }).deviceMemory ?? 4;
    const size = workerCount({ cores: navigator.hardwareConcurrency || 2, memoryGiB, modelBytes: source.modelFile.size });
    return new WorkerPool(script, files, source, size, first);
  }

  /** Workers that run take the place of those before. */
  #useEncoder(engine: Engine, offer: EncoderOffer, pool: WorkerPool, encoder: EncoderInfo): void {
    const before = this.#pool;
    this.#engine = engine;
    this.#offer = offer;
    this.#pool = pool;
    this.#encoder = encoder;
    this.#session.useEngine(pool);
    this.#update();  // at once, so that nothing old is shown when the dialog closes
    before?.stop();
    this.#choice.showChosen({ offer, sameBits: engine.files.engine.variant === "simd" }, encoder);
    this.#showRunning();
  }

  async #changeEncoder({ offer, sameBits, signal }: ChosenEncoder): Promise<void> {
    try {
      const isSame = (this.#engine!.files.engine.variant === "simd") === sameBits;
      const opening = offer.open();
      opening.catch(() => {});
      const engine = isSame ? this.#engine! : (await fetchEngineFiles({ sameBits }))!;
      const pool = await this.#openPool(engine, opening);
      if (signal.aborted) return pool.stop();
      signal.addEventListener("abort", () => { if (pool !== this.#pool) pool.stop(); });
      const encoder = await pool.start();
      if (signal.aborted) return;
      const again = this.#session.counts.done;
      this.#useEncoder(engine, offer, pool, encoder);
      this.#hasChosenEncoder = true;
      const images = again > 0 ? ` ${format.images(again)} ${again === 1 ? "is" : "are"} encoded again.` : "";
      this.#notices.show(`${offer.name} encodes from now on.${images}`);
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof EngineUnavailable ? error.reason
        : pageError("readFailed", `The model could not be loaded. ${error instanceof Error ? error.message : ""}`, "Check that the server runs, and try again.");
      if (this.#choice.isOpen) this.#choice.showError(reason);
      else this.#notices.show(format.error(reason));
    }
  }

  async #keepOffline(): Promise<void> {
    const isKept = await keepForOfflineUse(() => this.#isUntouched);
    document.body.dataset.offline = isKept ? "ready" : "unavailable";
    if (isKept) setText(find(document, "#local-state"), "Runs on this computer only, also offline");
  }

  /** Whether nothing would be lost by loading the page anew. */
  get #isUntouched(): boolean {
    const isIdle = this.#session.isUntouched && !this.#drop.isReading && !document.querySelector("dialog[open]");
    return isIdle && !this.#hasChosenEncoder && !this.#waitingContainer && !this.#choice.isWaiting;
  }

  #warnOfLoss(event: BeforeUnloadEvent): void {
    if (!this.#session.hasUnsaved) return;
    event.preventDefault();
    event.returnValue = "";  // what Chrome before version 119 asks for
  }

  #showRunning(): void {
    const { about, provisional } = this.#offer!;
    const { name, featureCount, engine } = this.#encoder!;
    const variant = this.#engine!.files.engine.variant === "relaxed" ? "relaxed SIMD" : "SIMD, same bits everywhere";
    const workers = this.#pool!.size === 1 ? "1 worker" : `${this.#pool!.size} workers`;
    const mode = find(document, "#mode");
    setText(mode, `Encoder ${name}${provisional ? ", provisional" : ""} · ${format.count(featureCount)} numbers an image · WebAssembly, ${variant} · ${workers}`);
    mode.title = `${engine}. ${about}`;
    find(document, "#fatal").hidden = true;
    document.body.dataset.engine = "ready";
  }

  #showFatal(error: EngineError): void {
    const place = find(document, "#fatal");
    place.textContent = `${format.sentence(error.detail)} ${error.advice}`;
    place.hidden = false;
    setText(find(document, "#mode"), "Not running");
  }

  async #add({ files, unreadable }: GivenFiles): Promise<void> {
    this.#notices.endProgress();
    const container = files.find(isContainer);
    if (container) void this.#openContainer(container.file);
    const isTaken = this.#takeModel(files);
    const images = files.filter((entry) => !isContainer(entry) && !isTaken(entry));
    const words = [format.unreadable(unreadable)];
    if (images.length > 0) {
      this.#notices.hide();
      if (this.#pool) this.#showRunning();
      const known = images.length - (await this.#session.add(images));
      if (known > 0) words.unshift(`${format.images(known)} ${known === 1 ? "was" : "were"} in the list already.`);
    }
    const text = words.filter((word) => word !== "").join(" ");
    if (text !== "") this.#notices.show(text);
  }

  #showReading(foundFiles: number): void {
    this.#notices.showProgress("Reading the folder …", `${format.files(foundFiles)} so far`);
  }

  /** Model files are no images, nor is a recipe that comes with one. @returns which files were taken */
  #takeModel(incoming: IncomingFile[]): (entry: IncomingFile) => boolean {
    const isModel = ({ file }: IncomingFile) => isModelFile(file.name);
    const model = incoming.find(isModel);
    const recipe = incoming.find(({ file }) => /\.json$/i.test(file.name));
    const takesRecipe = recipe !== undefined && (model !== undefined || this.#choice.wantsRecipe);
    if (incoming.filter(isModel).length > 1) this.#notices.show(`One model at a time: ${model!.file.name} is read.`);
    if (model) void this.#choice.openModel(model.file, recipe?.file ?? null);
    else if (takesRecipe) void this.#choice.readRecipe(recipe.file);
    return (entry) => isModel(entry) || (takesRecipe && entry === recipe);
  }

  async #addSamples(): Promise<void> {
    try {
      const files = (await fetchSamples()).map((file) => ({ file, folder: null, path: null }));
      await this.#add({ files, unreadable: { files: 0, folders: 0 } });
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

  #resume(): void {
    this.#showRunning();
    this.#session.resume();
  }

  async #openContainer(file: File): Promise<void> {
    this.#waitingContainer = this.#pool ? null : file;
    if (this.#pool) this.#dialog.show(file, await this.#pool.describe(file));
  }

  async #save({ dataset, featureType, labelsFromFolders }: SaveRequest): Promise<void> {
    const pool = this.#pool;
    const encoder = this.#encoder;
    if (!pool || !encoder) return;
    this.#form.showSaving();
    try {
      const { labelColumns, records } = this.#session.records(labelsFromFolders);
      const result = await pool.finish({
        dataset, encoder, labelColumns, featureType,
        records: records.map(({ item, labels }) => ({ features: item.features!, labels })),
      });
      if (!result.ok) return this.#form.showError(result.error);
      const { file, description } = result.value;
      const name = fileName(dataset.title);
      download(file, name);
      this.#session.markSaved(records.map(({ item }) => item), pool);
      this.#form.showSaved(name, file.byteLength, description);
    } catch (error) {
      this.#form.showError(pageError("internalError", String(error), "Save again, or report this with the text of the message."));
    }
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
    const focused = document.activeElement;
    const featureCount = this.#encoder?.featureCount ?? 0;
    document.body.classList.toggle("is-empty", this.#session.size === 0);
    this.#clear.hidden = this.#session.size === 0;
    this.#grid.update(this.#session);
    this.#progress.update(this.#session, featureCount);
    this.#refused.update(this.#session);
    this.#form.update(this.#session, featureCount);
    keepFocus(focused);
  }
}
