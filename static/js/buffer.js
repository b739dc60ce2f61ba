// What is typed and not yet acknowledged, on this machine. It outlives the tab, the server and the session.
const key = (url) => `autosave:${url}`;
const asideKey = (url) => `autosave-aside:${url}`;

function put(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify({ ...value, at: new Date().toISOString() }));
  } catch {
    // The store is full or forbidden: the server's copy is the only one, and the line says when it is behind.
  }
}

function get(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function remove(name) {
  try { localStorage.removeItem(name); } catch { /* nothing was kept */ }
}

export const keep = (url, revision, fields) => put(key(url), { revision: revision || null, fields });
export const read = (url) => get(key(url));
export const drop = (url) => remove(key(url));

export function setAside(url, fields) {
  put(asideKey(url), { fields });
  drop(url);
}
export const aside = (url) => get(asideKey(url));
export const discardAside = (url) => remove(asideKey(url));
