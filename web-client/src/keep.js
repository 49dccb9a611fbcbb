// What a reload must not lose: which files are on their way, and how far. It stays in this browser.
// Small files are kept whole, so that they go on by themselves; a large one is chosen again.

import { createStore, del, entries, set } from "idb-keyval";

const KEPT = 64 * 1024 * 1024; // bytes of one file
const KEPT_OF_ALL = 256 * 1024 * 1024;
const LIFETIME = 24 * 3600 * 1000; // as long as the server waits for the rest
let store;

const open = () => (store ??= createStore("narthex", "sending"));

// Whether a file is kept whole, beside so many bytes that are.
export const isKept = (size, kept) => size <= KEPT && kept + size <= KEPT_OF_ALL;

// Without a store (a private window) a reload begins anew: nothing else depends on it.
export const keep = (record) => set(record.id, record, open()).catch(() => undefined);
export const forget = (id) => del(id, open()).catch(() => undefined);

// What was begun from this page's link, the oldest first; what is too old is forgotten.
export async function kept(link) {
  const found = await entries(open()).catch(() => []);
  const records = [];
  for (const [id, record] of found) {
    if (Date.now() - record.at > LIFETIME) await forget(id);
    else if (record.link === link) records.push(record);
  }
  return records.sort((one, other) => one.at - other.at);
}

// Whether this window may go on with a record: of two windows, one does.
export const claim = (id) =>
  new Promise((resolve) => {
    if (!navigator.locks) return resolve(true); // no secure context: nobody knows of the other
    navigator.locks.request(`narthex ${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined); // as long as this window
    });
  });
