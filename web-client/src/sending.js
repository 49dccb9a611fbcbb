// One file on its way: whole, or in parts that several requests bring at the same time; begun anew,
// paused, continued where it stopped. This file never touches the page.

import PQueue from "p-queue";
import pRetry from "p-retry";

import { claim, forget, isKept, keep } from "./keep.js";
import { PART, digits, numbered, partSize, partsOf } from "./plan.js";
import { Lost, Refused, send, sign } from "./wire.js";

const RETRIES = 8; // 1 s, 2 s, 4 s ... 30 s apart: about two minutes, then the reader decides
const MOST_NUMBERS = 99; // of files with one name
// Browsers open six connections to a server; the others are for signatures.
const lanes = new PQueue({ concurrency: 4 });
let keptBytes = 0;

export class Sending {
  #stop = new AbortController();
  #gone = new Map(); // part -> bytes of it that have gone

  // told: what the page says. record: as it is kept. changed: called when there is news.
  constructor(form, told, record, changed) {
    Object.assign(this, { form, told, record, changed, state: "waiting", text: "", sum: null });
    this.file = record.file ?? null;
  }

  static of(form, told, file, name, changed) {
    const { size, type, lastModified: modified } = file;
    const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
    const record = {
      id, name, size, type: type || "application/octet-stream", modified, link: told.id,
      at: Date.now(), count: 1, upload: "", step: partSize(size),
    };
    const sending = new Sending(form, told, record, changed);
    sending.file = file;
    return sending;
  }

  // From now on a reload loses nothing of it.
  async keep() {
    const { record } = this;
    if (isKept(record.size, keptBytes)) {
      keptBytes += record.size;
      record.file = this.file;
    }
    await claim(record.id);
    await keep(record);
  }

  async #forget() {
    if (this.record.file) keptBytes -= this.record.size;
    delete this.record.file;
    await forget(this.record.id);
  }

  get sent() {
    let sum = 0;
    for (const bytes of this.#gone.values()) sum += bytes;
    return Math.min(sum, this.record.size);
  }

  get isActive() {
    return ["waiting", "looking", "sending", "finishing", "offline"].includes(this.state);
  }

  // The name it has there, with its number if others have it, too.
  get called() {
    return numbered(this.record.name, this.record.count);
  }

  // Whether a file that was chosen is this one.
  is(file, name) {
    const { record } = this;
    return record.name === name && record.size === file.size && record.modified === file.lastModified;
  }

  async start(file = this.file) {
    this.file = file;
    if (file === null) return this.#become("again");
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#become("waiting");
    try {
      await this.#bring(signal);
      await this.#forget();
      this.#become("done");
    } catch (error) {
      if (signal.aborted) return; // whoever stopped it has said so
      this.#fail(error);
    }
  }

  pause() {
    this.#stop.abort();
    for (const [number, bytes] of this.#gone) {
      const whole = Math.min(this.record.step, this.record.size - (number - 1) * this.record.step);
      if (bytes < whole || !this.record.upload) this.#gone.delete(number);
    }
    this.#become("paused");
  }

  // Given up for good: what has arrived is forgotten there, too.
  async cancel() {
    this.#stop.abort();
    await this.#forget();
    const { upload } = this.record;
    this.record.upload = "";
    if (!upload) return;
    const signal = AbortSignal.timeout(30_000); // what is not aborted now, the server ends later
    await this.#step("abort", { upload }, null, { signal }).catch(() => undefined);
  }

  #become(state, text = "") {
    Object.assign(this, { state, text });
    this.changed(this);
  }

  #fail(error) {
    const { words, refusals } = this.told;
    if (error instanceof Refused) {
      const taken = [409, 412].includes(error.status) && !error.text ? words.taken : "";
      const text = error.text || taken || refusals[error.said];
      const isOpen = error.status === 403 && error.text; // the page was open for too long
      if (!text || isOpen) return this.#become("failed", text || words.broken);
      this.#forget();
      return this.#become("refused", text);
    }
    const unread = error instanceof DOMException && error.name === "NotReadableError";
    this.#become("failed", unread ? words.unreadable : words.broken);
  }

  // Until it is there: under another name where one has it, from the start where the rest is gone.
  async #bring(signal) {
    for (let again = 0; ; again += 1) {
      try {
        const inParts = this.record.upload || this.record.size > PART;
        return await (inParts ? this.#inParts(signal) : this.#whole(signal));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Refused) || error.text || again > MOST_NUMBERS) throw error;
        const isTaken = [409, 412].includes(error.status);
        if (isTaken && this.told.many) this.record.count += 1;
        else if (error.code !== "NoSuchUpload") throw error;
        const { upload } = this.record;
        this.record.upload = "";
        this.#gone.clear();
        if (upload && isTaken) await this.#step("abort", { upload, name: this.#before() }, null, { signal });
        await keep(this.record);
      }
    }
  }

  // What it was called until a moment ago.
  #before() {
    return numbered(this.record.name, this.record.count - 1);
  }

  async #whole(signal) {
    const answer = await this.#lane(() => this.#part("put", {}, this.file, 1, signal), signal);
    const [, md5] = answer.header("etag")?.match(/^"?([0-9a-f]{32})"?$/) ?? [];
    this.sum = md5 ? ["MD5", md5] : null;
  }

  async #inParts(signal) {
    const { record } = this;
    const there = record.upload ? await this.#list(signal) : new Map();
    if (!record.upload) await this.#begin(signal);
    const { upload } = record;
    const parts = partsOf(record.size, record.step);
    const inner = new AbortController();
    const either = AbortSignal.any([signal, inner.signal]);
    this.#become("sending");
    const one = async ({ number, start, end }) => {
      if (there.get(number)?.size === end - start) return;
      const piece = this.file.slice(start, end);
      const fields = { upload, number };
      const answer = await this.#lane(() => this.#part("part", fields, piece, number, either), either);
      there.set(number, { size: end - start, etag: answer.header("etag") });
    };
    try {
      await Promise.all(parts.map(one));
    } finally {
      inner.abort();
    }
    await this.#complete(parts.map(({ number }) => [number, there.get(number).etag]), signal);
  }

  async #begin(signal) {
    const type = this.record.type;
    const answer = await this.#lane(() => this.#step("begin", {}, null, { type, signal }), signal);
    [this.record.upload] = answer.texts("UploadId");
    await keep(this.record);
  }

  // The parts that have arrived: number -> size and ETag.
  async #list(signal) {
    const { upload } = this.record;
    const there = new Map();
    this.#become("looking");
    for (let number = "0"; ; ) {
      const answer = await this.#lane(() => this.#step("list", { upload, number }, null, { signal }), signal);
      for (const part of answer.document.getElementsByTagName("Part")) {
        const [[name], [etag], [size]] = ["PartNumber", "ETag", "Size"].map((one) => answer.texts(one, part));
        there.set(Number(name), { etag, size: Number(size) });
        this.#gone.set(Number(name), Number(size));
      }
      if (answer.texts("IsTruncated")[0] !== "true") return there;
      [number] = answer.texts("NextPartNumberMarker");
    }
  }

  async #complete(parts, signal) {
    const listed = parts.map(([number, etag]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', "&quot;")}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${listed.join("")}</CompleteMultipartUpload>`;
    const { upload } = this.record;
    let isUnsure = false; // whether an answer got lost
    this.#become("finishing");
    try {
      const answer = await this.#lane(async () => {
        try {
          return await this.#step("complete", { upload }, body, { type: "application/xml", signal });
        } catch (error) {
          isUnsure ||= error instanceof Lost;
          throw error;
        }
      }, signal);
      const [sum] = answer.texts("ChecksumCRC64NVME");
      this.sum = sum ? ["CRC-64/NVME", digits(sum)] : null;
    } catch (error) {
      // The answer was lost, and now there is no such upload: it has become the file.
      if (!isUnsure || error.code !== "NoSuchUpload") throw error;
    }
  }

  // Bytes of the file, with their progress.
  #part(step, fields, body, number, signal) {
    const type = step === "put" ? this.record.type : "";
    const progress = (bytes) => {
      this.#gone.set(number, bytes);
      if (this.state !== "paused") this.#become("sending");
    };
    if (this.state !== "sending") this.#become("sending");
    return this.#step(step, fields, body, { type, progress, signal }).then(
      (answer) => {
        this.#gone.set(number, body.size);
        this.changed(this);
        return answer;
      },
      (error) => {
        this.#gone.delete(number);
        throw error;
      },
    );
  }

  // One request, signed just before it is sent.
  async #step(step, fields, body, options) {
    const signed = await sign(this.form, step, { name: this.called, ...fields }, options.signal);
    return await send(signed, body, options);
  }

  // When there is room, and again after a while when nobody answered.
  #lane(work, signal) {
    const attempt = async () => {
      await this.#online(signal);
      return await work();
    };
    const run = () =>
      pRetry(attempt, {
        retries: RETRIES, minTimeout: 1000, maxTimeout: 30_000, signal,
        shouldRetry: ({ error }) => error instanceof Lost,
        onFailedAttempt: ({ error }) => {
          if (error instanceof Lost && !signal.aborted) this.#become("offline");
        },
      });
    return lanes.add(run, { signal });
  }

  #online(signal) {
    if (navigator.onLine) return undefined;
    this.#become("offline");
    return new Promise((resolve, reject) => {
      addEventListener("online", resolve, { once: true, signal });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }
}
