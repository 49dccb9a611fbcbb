// Uploads: picked or dropped, folders too; bytes go straight to S3 by URLs that the console signs.
// A large file goes in parts, three at a time, and a part that is lost is sent again.
"use strict";
(() => {
  const drop = document.getElementById("drop");
  const list = document.getElementById("uploads");
  const told = document.getElementById("told");
  const pick = document.getElementById("pick");
  const proof = document.querySelector("script[data-proof]").dataset.proof;
  const { bucket, prefix, base, root } = drop.dataset;
  const words = JSON.parse(drop.dataset.words);
  const AT_ONCE = 3; // requests under way
  const TRIES = 5; // of one request
  const MOST = 10000; // files of one drop
  const number = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

  class Refused extends Error {}
  class Cancelled extends Error {}

  const ask = async (name, body) => {
    const answer = await fetch(`${base}upload/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-narthex-proof": proof },
      body: JSON.stringify({ bucket, ...body }),
    });
    const data = await answer.json();
    if (answer.status >= 500) throw new Error("busy");
    if (!answer.ok) throw new Refused(data.error.words);
    return data;
  };

  const put = (upload, url, blob, headers, onSent) =>
    new Promise((resolve, reject) => {
      const sending = new XMLHttpRequest();
      upload.sending.add(sending);
      const end = (settle, value) => {
        upload.sending.delete(sending);
        settle(value);
      };
      sending.open("PUT", root + url);
      for (const [name, value] of Object.entries(headers)) sending.setRequestHeader(name, value);
      sending.upload.onprogress = (event) => onSent(event.loaded);
      sending.onload = () => {
        if (sending.status < 300) end(resolve, sending.getResponseHeader("etag"));
        else if (sending.status === 412) end(reject, new Refused(words.exists));
        else if (sending.status >= 500) end(reject, new Error("busy"));
        else end(reject, new Refused(`${words.failed} (${sending.status})`));
      };
      sending.onerror = () => end(reject, new Error("lost"));
      sending.onabort = () => end(reject, new Cancelled());
      sending.send(blob);
    });

  // What is lost is tried again, later each time; what is refused is not.
  const again = async (upload, work) => {
    for (let tried = 1; ; tried += 1) {
      if (upload.cancelled) throw new Cancelled();
      try {
        return await work();
      } catch (error) {
        if (error instanceof Refused || error instanceof Cancelled || tried === TRIES) throw error;
        upload.say(words.lost);
        await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tried));
      }
    }
  };

  class Upload {
    constructor(file, key) {
      this.file = file;
      this.key = key;
      this.replace = false;
      this.sending = new Set();
      this.row = document.createElement("li");
      this.row.className = "row";
      this.name = document.createElement("span");
      this.name.className = "name";
      this.name.textContent = key.slice(prefix.length);
      this.bar = document.createElement("progress");
      this.bar.max = 1;
      this.bar.value = 0;
      this.bar.setAttribute("aria-label", this.name.textContent);
      this.fact = document.createElement("span");
      this.fact.className = "fact";
      this.row.append(this.name, this.bar, this.fact);
      list.append(this.row);
      list.hidden = false;
      this.wait();
    }

    wait() {
      this.cancelled = false;
      this.row.className = "row";
      this.bar.hidden = false;
      this.bar.value = 0;
      this.say(words.waiting);
      this.offer(words.cancel, () => this.cancel());
    }

    say(text) {
      this.fact.textContent = text;
    }

    offer(...pairs) {
      for (const old of this.row.querySelectorAll("button")) old.remove();
      for (let place = 0; place < pairs.length; place += 2) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button small";
        button.textContent = pairs[place];
        button.setAttribute("aria-label", `${pairs[place]}: ${this.name.textContent}`);
        button.addEventListener("click", pairs[place + 1]);
        this.row.append(button);
      }
    }

    progress(sent) {
      const part = this.file.size ? Math.min(sent / this.file.size, 1) : 1;
      this.bar.value = part;
      this.say(number.format(part));
    }

    cancel() {
      this.cancelled = true;
      for (const sending of this.sending) sending.abort();
      if (!running.has(this)) this.end("cancelled", words.cancelled);
    }

    end(state, text) {
      this.row.classList.add(state);
      this.bar.hidden = true;
      this.say(text);
      if (state === "done") this.offer();
      else this.offer(words.retry, () => this.retry(false));
    }

    retry(replace) {
      this.replace = replace;
      this.wait();
      queue.push(this);
      next();
    }

    async run() {
      try {
        const about = { key: this.key, size: this.file.size, type: this.file.type, replace: this.replace };
        const begun = await again(this, () => ask("begin", about));
        if (begun.exists) {
          this.exists();
          return;
        }
        await (begun.url ? this.whole(begun.url) : this.parts(begun));
        this.end("done", words.done);
      } catch (error) {
        if (error instanceof Cancelled) this.end("cancelled", words.cancelled);
        else if (error.message === words.exists) this.exists();
        else this.end("failed", error instanceof Refused ? error.message : words.failed);
      }
    }

    exists() {
      this.bar.hidden = true;
      this.say(words.exists);
      this.offer(words.replace, () => this.retry(true), words.cancel, () =>
        this.end("cancelled", words.cancelled),
      );
    }

    async whole(url) {
      const headers = { "content-type": this.file.type || "application/octet-stream" };
      if (!this.replace) headers["if-none-match"] = "*";
      await again(this, () => put(this, url, this.file, headers, (sent) => this.progress(sent)));
    }

    async parts({ upload, part_size: size }) {
      const count = Math.ceil(this.file.size / size);
      const tags = new Array(count);
      const sent = new Array(count).fill(0);
      let place = 0;
      const one = async () => {
        while (place < count) {
          const at = place;
          place += 1;
          const blob = this.file.slice(at * size, (at + 1) * size);
          tags[at] = await again(this, async () => {
            const { url } = await ask("part", { key: this.key, upload, number: at + 1 });
            return put(this, url, blob, {}, (count) => {
              sent[at] = count;
              this.progress(sent.reduce((all, each) => all + each, 0));
            });
          });
        }
      };
      try {
        await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, one));
        const all = { key: this.key, upload, parts: tags, replace: this.replace };
        await again(this, () => ask("finish", all));
      } catch (error) {
        place = count;
        for (const sending of this.sending) sending.abort();
        await ask("abort", { key: this.key, upload }).catch(() => undefined);
        throw error;
      }
    }
  }

  const queue = [];
  const running = new Set();
  const next = () => {
    while (running.size < AT_ONCE && queue.length) {
      const upload = queue.shift();
      if (upload.cancelled) continue;
      running.add(upload);
      upload.run().then(() => {
        running.delete(upload);
        next();
        if (!running.size && !queue.length) finished().catch(() => undefined); // shown later
      });
    }
  };

  // The list as it is now, without losing the rows of the uploads.
  const finished = async () => {
    const rows = [...list.children];
    if (rows.every((row) => row.classList.contains("done"))) told.textContent = words.all_done;
    if (!rows.some((row) => row.classList.contains("done"))) return;
    const answer = await fetch(location.href, { headers: { "x-narthex-proof": proof } });
    if (!answer.ok || running.size) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const listing = document.getElementById("listing");
    if (listing.contains(document.activeElement)) return; // nobody loses their place
    listing.replaceWith(document.adoptNode(page.getElementById("listing")));
    document.dispatchEvent(new Event("narthex:shown"));
  };

  const add = (files) => {
    for (const [file, path] of files.slice(0, MOST)) queue.push(new Upload(file, prefix + path));
    next();
  };

  // A folder that is dropped, with all that is in it.
  const walk = async (entry, path, found) => {
    if (found.length >= MOST) return;
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push([file, path + entry.name]);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const inside = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!inside.length) return;
      for (const one of inside) await walk(one, `${path}${entry.name}/`, found);
    }
  };

  pick.closest("label").hidden = false;
  pick.addEventListener("change", () => {
    add([...pick.files].map((file) => [file, file.name]));
    pick.value = "";
  });
  let over = 0;
  addEventListener("dragenter", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    over += 1;
    drop.classList.add("over");
  });
  addEventListener("dragleave", () => {
    over = Math.max(0, over - 1);
    if (!over) drop.classList.remove("over");
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    over = 0;
    drop.classList.remove("over");
    const found = [];
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const dropped = items.map((item) => [item.webkitGetAsEntry(), item.getAsFile()]); // at once
    for (const [entry, file] of dropped) {
      if (entry) await walk(entry, "", found);
      else if (file) found.push([file, file.name]);
    }
    add(found);
  });
  addEventListener("beforeunload", (event) => {
    if (running.size) event.preventDefault();
  });
})();
