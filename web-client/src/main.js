// The page of a request: files are dropped or chosen, sent, shown; a reload loses nothing.

import { claim, kept } from "./keep.js";
import { fits } from "./plan.js";
import { picked } from "./picked.js";
import { Row } from "./rows.js";
import { Sending } from "./sending.js";

const form = document.querySelector("[data-told]");
const told = JSON.parse(form.dataset.told);
const { words } = told;
const [list, status, drop] = [".sent", ".state", ".drop"].map((one) => form.querySelector(one));
const inputs = Array.from(form.querySelectorAll("input[type=file]"));
const left = document.querySelector("[data-files-left]"); // how many more are taken
const { title } = document;
let titled;
const sendings = new Map(); // a file on its way -> its row

function show(sending) {
  const row = sendings.get(sending);
  if (!row) return; // it was cancelled
  const isNews = row.item.dataset.state !== sending.state;
  row.show(sending);
  if (isNews && told.closed) showRest();
  tellTitle();
  if (isNews && sending.state === "done") count();
  if (isNews && ["done", "failed", "refused"].includes(sending.state)) announce(sending);
}

// How far all of it is, for who looks at another page meanwhile.
function tellTitle() {
  titled ??= setTimeout(() => {
    titled = undefined;
    const active = Array.from(sendings.keys()).filter((one) => one.isActive);
    const sum = (value) => active.reduce((before, one) => before + value(one), 0);
    const [sent, size] = [sum((one) => one.sent), sum((one) => one.record.size)];
    document.title = size ? `${Math.floor((100 * sent) / size)}% · ${title}` : title;
  }, 500);
}

// One more has arrived. What takes no more offers no field.
function count() {
  if (left) left.textContent = Math.max(0, Number(left.textContent) - 1);
  const isFull = left?.textContent === "0" || (!told.many && !told.overwrite);
  if (isFull) drop.hidden = true;
}

// When no more is taken: what is left to do for what was begun.
function showRest() {
  const states = Array.from(sendings.keys(), (one) => one.state);
  drop.hidden = !states.includes("again");
  form.querySelector("[data-unfinished]").hidden = states.every((one) => one === "done");
}

// In one sentence, for who does not see the list.
function announce(sending) {
  const all = Array.from(sendings.keys());
  const isAll = all.every((one) => one.state === "done");
  status.classList.toggle("unseen", !isAll); // the list shows the same
  status.textContent = isAll
    ? words.all_done
    : `${sending.record.name}: ${sending.text || words[sending.state] || ""}`;
}

function place(sending) {
  const act = {
    paused: () => sending.start(), failed: () => sending.start(), again: () => inputs[0].click(),
  };
  const row = new Row(list, told, sending.record.name, sending.record.size, {
    act: () => (act[sending.state] ?? (() => sending.pause()))(),
    end: () => {
      sendings.delete(sending);
      row.item.remove();
      list.hidden = sendings.size === 0;
      inputs[0].focus();
      sending.cancel();
    },
  });
  sendings.set(sending, row);
  list.hidden = false;
  show(sending);
}

// A file that is refused here already; S3 would refuse it, too.
function refusal(file, name) {
  if (told.maxSize !== null && file.size > told.maxSize) return words.too_large;
  if (!fits(told.types, name, file.type)) return words.wrong_type;
  const isOther = Array.from(sendings.keys()).some((one) => one.state !== "refused");
  return !told.many && isOther ? words.only_one : "";
}

async function add(chosen) {
  status.textContent = "";
  for (const { file, name } of chosen) {
    const same = Array.from(sendings.keys()).find((one) => one.is(file, name));
    if (same) {
      if (["again", "failed"].includes(same.state)) same.start(file);
      continue;
    }
    if (told.closed) continue; // only what was begun goes on
    const text = refusal(file, name);
    const sending = Sending.of(form, told, file, name, show);
    if (text) Object.assign(sending, { state: "refused", text });
    place(sending);
    if (text) {
      announce(sending);
    } else {
      await sending.keep();
      sending.start();
    }
  }
}

async function resume() {
  for (const record of await kept(told.id)) {
    if (!(await claim(record.id))) continue;
    const sending = new Sending(form, told, record, show);
    place(sending);
    sending.start();
  }
  if (told.closed) form.hidden = sendings.size === 0;
}

for (const input of inputs) {
  input.addEventListener("change", () => {
    const files = Array.from(input.files, (file) => ({ file, name: file.webkitRelativePath || file.name }));
    input.value = "";
    add(files);
  });
}

// A file that misses the field by a finger's width must not replace the page.
let within = 0;
const isFiles = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragenter", (event) => {
  if (!isFiles(event)) return;
  within += 1;
  drop.classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (isFiles(event) && (within -= 1) <= 0) drop.classList.remove("over");
});
addEventListener("dragover", (event) => isFiles(event) && event.preventDefault());
addEventListener("drop", async (event) => {
  if (!isFiles(event)) return;
  event.preventDefault();
  within = 0;
  drop.classList.remove("over");
  add(await picked(event.dataTransfer));
});

form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("beforeunload", (event) => {
  const atRisk = (one) => one.isActive && !one.record.file;
  if (Array.from(sendings.keys()).some(atRisk)) event.preventDefault();
});
addEventListener("online", () => {
  for (const one of sendings.keys()) if (one.state === "failed") one.start();
});

const copy = document.querySelector("[data-copies]"); // a page that is closed has none
if (copy) copy.hidden = false;
copy?.addEventListener("click", async () => {
  const line = document.getElementById(copy.dataset.copies);
  getSelection().selectAllChildren(line);
  try {
    await navigator.clipboard.writeText(line.textContent);
  } catch {
    document.execCommand("copy"); // without a secure context there is no other way
  }
  copy.textContent = words.copied;
});

form.hidden = told.closed;
resume();
