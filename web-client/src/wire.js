// Requests: the page signs them, S3 takes them. This file never decides what to do about a refusal.

const STALL = 60_000; // milliseconds without a byte until a request is given up
const AGAIN = new Set(["RequestTimeTooSkewed", "SlowDown", "OperationAborted", "RequestTimeout"]);
const OVER = "Request has expired"; // the signature, or the link: the page that signs knows

// Nobody answered, or the answer is to try later.
export class Lost extends Error {}

// An answer that does not change by asking again. text: for the reader, "" when there is none.
export class Refused extends Error {
  constructor(status, code, message, text = "") {
    super(message || code || `status ${status}`);
    Object.assign(this, { status, code, said: message, text });
  }
}

// A fresh URL for one step of bringing a file, from the page that this script is on.
export async function sign(form, step, fields, signal, isRenewed = false) {
  const body = new URLSearchParams({ ...fields, do: "sign", step });
  for (const one of form.querySelectorAll("input[type=hidden]")) body.set(one.name, one.value);
  let answer;
  let told;
  try {
    answer = await fetch(form.getAttribute("action"), {
      method: "POST", body, signal, headers: { accept: "application/json" },
      credentials: "omit", cache: "no-store",
    });
    told = await answer.text();
  } catch (error) {
    signal.throwIfAborted();
    throw new Lost("no answer", { cause: error });
  }
  const isOurs = answer.headers.get("content-type") === "application/json";
  if (answer.status >= 500) throw new Lost(`status ${answer.status}`);
  if (answer.status === 403 && !isRenewed && (await renew(form, signal))) {
    return await sign(form, step, fields, signal, true);
  }
  if (!answer.ok || !isOurs) {
    throw new Refused(answer.status, "", "", isOurs ? JSON.parse(told).refused : "");
  }
  told = JSON.parse(told);
  return { method: told.method, url: new URL(told.url, location.href).href };
}

// A page's proof ends after half a day, and an upload may take longer: it is opened again, unseen.
// Where there is a password, its proof ends all the same, and the reader says it once more.
async function renew(form, signal) {
  const proof = form.querySelector("[name=click]");
  try {
    const answer = await fetch(form.getAttribute("action"), {
      signal, headers: { accept: "text/html" }, credentials: "omit", cache: "no-store",
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[name=click]")?.value;
    if (!fresh || fresh === proof.value) return false;
    proof.value = fresh;
    return true;
  } catch (error) {
    signal.throwIfAborted();
    throw new Lost("no answer", { cause: error });
  }
}

// One request to S3. Resolves with what it answered: a header by its name, and a document.
export function send({ method, url }, body, { type, progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer;
    const stalled = () => {
      request.abort();
      finish(reject, new Lost("no progress"));
    };
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(stalled, STALL);
    };
    const abort = () => {
      request.abort();
      finish(reject, signal.reason);
    };
    const finish = (settle, value) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      settle(value);
    };
    request.open(method, url);
    if (type) request.setRequestHeader("content-type", type);
    request.upload.onprogress = (event) => {
      alive();
      progress?.(event.loaded);
    };
    request.onprogress = alive;
    request.onerror = () => finish(reject, new Lost("no connection"));
    request.onload = () => {
      const { error, answer } = read(request);
      finish(error ? reject : resolve, error ?? answer);
    };
    signal.addEventListener("abort", abort);
    if (signal.aborted) return abort();
    alive();
    request.send(body);
  });
}

function read(request) {
  const document = new DOMParser().parseFromString(request.responseText || "<x/>", "text/xml");
  const texts = (name, within = document) =>
    Array.from(within.getElementsByTagName(name), (one) => one.textContent);
  const { status } = request;
  if (status >= 200 && status < 300 && document.documentElement.tagName !== "Error") {
    return { answer: { header: (name) => request.getResponseHeader(name), document, texts } };
  }
  const [code = ""] = texts("Code");
  const [message = ""] = texts("Message");
  const later = status >= 500 || status === 429 || AGAIN.has(code) || message === OVER;
  return { error: later ? new Lost(`status ${status}`) : new Refused(status, code, message) };
}
