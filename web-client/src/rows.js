// The list of files: one row for each, with its progress and its buttons. It only shows.

import { amount } from "./plan.js";

const make = (tag, className, parent) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  parent?.append(made);
  return made;
};

const TICK = "M5 12.5l4.5 4.5L19 7.5";

function tick(parent) {
  const name = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(name, "svg");
  const attributes = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "aria-hidden": "true",
    "stroke-width": "2.6", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(name, "path");
  path.setAttribute("d", TICK);
  svg.append(path);
  parent.prepend(svg);
}

export class Row {
  // name, size: of the file. act, end: what the two buttons do, by the state it is in.
  constructor(list, told, name, size, { act, end }) {
    const { words } = told;
    Object.assign(this, { told, words, name, size });
    this.item = make("li", "", list);
    const head = make("div", "line", this.item);
    const shown = make("span", "key", head);
    const cut = name.lastIndexOf("/") + 1;
    if (cut) make("span", "in", shown).textContent = name.slice(0, cut);
    shown.append(name.slice(cut));
    make("span", "meta", head).textContent = amount(size, told.point);
    this.bar = make("progress", "", this.item);
    this.bar.max = Math.max(size, 1);
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", name);
    const foot = make("div", "line", this.item);
    this.text = make("span", "how", foot);
    this.act = this.#button(foot, act);
    this.end = this.#button(foot, end);
    this.sum = make("code", "", this.item);
    this.sum.hidden = true;
  }

  #button(parent, pressed) {
    const button = make("button", "small", parent);
    button.type = "button";
    button.addEventListener("click", pressed);
    return button;
  }

  #label(button, action) {
    button.hidden = !action;
    if (!action || button.dataset.action === action) return;
    button.dataset.action = action;
    button.textContent = this.words[action];
    button.setAttribute("aria-label",
      this.words.of.replace("{action}", this.words[action]).replace("{name}", this.name));
  }

  // state, text: of the file. sent: bytes. called: its name there.
  show({ state, text, sent, sum, called }) {
    const fill = (phrase) =>
      phrase.replace("{sent}", amount(sent, this.told.point))
        .replace("{size}", amount(this.size, this.told.point));
    const isOver = state === "done" || state === "refused";
    if (this.item.dataset.state !== state) {
      this.item.dataset.state = state;
      const acts = { waiting: "pause", looking: "pause", sending: "pause", offline: "pause",
        paused: "resume", failed: "retry", again: "choose_one" };
      this.#label(this.act, acts[state]);
      const ends = { done: "", finishing: "", refused: "remove", failed: "remove", again: "remove" };
      this.#label(this.end, ends[state] ?? "cancel");
      this.bar.hidden = isOver || state === "again";
    }
    this.bar.value = sent;
    const renamed = called === this.name ? "" : this.words.renamed.replace("{name}", called.split("/").pop());
    const said = text || (state === "done" && renamed) || fill(this.words[state] ?? "");
    if (this.text.textContent !== said) this.text.textContent = said;
    if (state === "done") {
      if (!this.text.firstElementChild) tick(this.text);
      this.sum.hidden = !sum;
      if (sum) this.sum.textContent = sum.join(" ");
    }
  }
}
