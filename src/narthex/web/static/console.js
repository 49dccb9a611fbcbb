// Makes the console nicer; everything but uploads works without it. Times in the reader's own zone,
// a button that copies, and uses that appear as they happen.
"use strict";
(() => {
  const proof = document.currentScript.dataset.proof;
  const ours = document.documentElement.lang;
  const language = navigator.languages.find((one) => one.startsWith(ours)) || ours;
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const second = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "long" });

  const localise = (place) => {
    for (const time of place.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.textContent = day.format(at);
      time.title = second.format(at);
    }
  };
  localise(document);
  document.addEventListener("narthex:shown", () => localise(document));

  // Copy. The button is there only where it can.
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      const words = button.querySelector("span");
      const before = words.textContent;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        words.textContent = button.dataset.done;
        setTimeout(() => {
          words.textContent = before;
        }, 2000);
      });
    }
  }

  // Times are typed in the reader's zone and sent in UTC.
  const fields = document.querySelectorAll("input[type=datetime-local]");
  for (const field of fields) {
    const zone = field.closest("label").querySelector(".zone");
    if (zone) zone.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const sent = document.createElement("input");
    sent.type = "hidden";
    sent.name = `${field.name}_utc`;
    field.after(sent);
    if (field.value) {
      const at = new Date(`${field.value}Z`);
      at.setMinutes(at.getMinutes() - at.getTimezoneOffset());
      field.value = at.toISOString().slice(0, 16);
    }
    field.form.addEventListener("submit", () => {
      sent.value = field.value ? new Date(field.value).toISOString() : "";
    });
  }

  // A form is sent once.
  for (const form of document.forms) {
    if (form.method !== "post") continue;
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      setTimeout(() => delete form.dataset.sent, 3000); // a download leaves the page here
    });
  }
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });

  // What happened since: asked for while somebody looks, ever less often while nothing happens.
  const place = document.querySelector("[data-live]");
  const sign = document.querySelector(".live");
  const news = document.getElementById("news");
  if (!place || !sign) return;
  const FASTEST = 2000;
  const SLOWEST = 15000;
  const LONGEST = 30 * 60 * 1000; // then it waits for somebody to come back
  const running = sign.textContent;
  let began = Date.now();
  let pause = FASTEST;
  let timer = 0;
  const ids = () => new Set([...place.querySelectorAll("[data-id]")].map((one) => one.dataset.id));
  const show = (live) => {
    sign.hidden = false;
    sign.classList.toggle("paused", !live);
    sign.textContent = live ? running : sign.dataset.paused;
  };
  const tell = (text) => {
    const before = ids();
    const next = document.createElement("template");
    next.innerHTML = text; // ours, and escaped where it was made
    localise(next.content);
    if (next.content.textContent.replace(/\s+/g, " ") === place.textContent.replace(/\s+/g, " "))
      return false;
    place.replaceChildren(next.content);
    let fresh = 0;
    for (const one of place.querySelectorAll("[data-id]")) {
      if (before.has(one.dataset.id)) continue;
      one.classList.add("fresh");
      fresh += 1;
    }
    if (fresh) news.textContent = news.dataset.words;
    return true;
  };
  const look = async () => {
    if (document.hidden || Date.now() - began > LONGEST) {
      show(false);
      timer = 0;
      return;
    }
    try {
      const answer = await fetch(location.href, { headers: { "x-narthex-proof": proof } });
      if (answer.status === 401) {
        location.reload();
        return;
      }
      if (answer.ok && !place.contains(document.activeElement)) {
        pause = tell(await answer.text()) ? FASTEST : Math.min(pause * 1.25, SLOWEST);
      }
      show(answer.ok);
    } catch {
      pause = SLOWEST;
      show(false);
    }
    timer = setTimeout(look, pause);
  };
  const wake = () => {
    if (document.hidden || timer) return;
    began = Date.now();
    pause = FASTEST;
    timer = setTimeout(look, 0);
  };
  document.addEventListener("visibilitychange", wake);
  addEventListener("focus", wake);
  show(true);
  timer = setTimeout(look, pause);
})();
