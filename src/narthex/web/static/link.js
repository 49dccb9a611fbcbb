// Makes a page nicer; everything works without it. Times in the reader's own zone, what is left
// of them, and a word when a download has begun.
"use strict";
(() => {
  const ours = document.documentElement.lang;
  const language = navigator.languages.find((one) => one.startsWith(ours)) || ours; // en-GB
  const zoned = new Intl.DateTimeFormat(language, {
    year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit",
    timeZoneName: "short",
  });
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.title = time.textContent;
    time.textContent = zoned.format(new Date(time.dateTime));
  }

  const left = document.querySelector("[data-until]");
  if (left) {
    const until = Date.parse(left.dataset.until);
    const skew = Date.parse(left.dataset.now) - Date.now(); // the server's clock counts
    const units = JSON.parse(left.dataset.units);
    const tell = () => {
      let rest = Math.floor((until - Date.now() - skew) / 1000);
      if (rest <= 0) {
        location.reload();
        return;
      }
      const words = [];
      for (const [one, many, length] of units) {
        const count = Math.floor(rest / length);
        rest %= length;
        if (count) words.push(count + left.dataset.space + (count === 1 ? one : many));
        else if (words.length) break;
        if (words.length === 2) break;
      }
      left.textContent = left.dataset.words.replace("{time}", words.join(" "));
      setTimeout(tell, until - Date.now() - skew < 3600000 ? 1000 : 30000);
    };
    tell();
  }

  const state = document.querySelector("[data-started]");
  for (const form of document.forms) {
    let last = null;
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!state || !button || button.dataset.stays !== undefined) return;
      if (last === button) {
        event.preventDefault(); // a double click is one download
        return;
      }
      last = button;
      setTimeout(() => {
        state.textContent = state.dataset.started;
      }, 400);
      setTimeout(() => {
        if (last === button) last = null;
      }, 2000);
    });
  }
})();
