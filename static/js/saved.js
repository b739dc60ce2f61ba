// The line that says what is saved. Its words are the server's, in data-*; it speaks only when the state
// changes for the worse or back, so that a screen reader is not told of every keystroke.
const lang = document.documentElement.lang;
const LOUD = new Set(["offline", "expired", "conflict", "refused"]);

export function statusOf(form) {
  const find = (selector) => form.querySelector(selector) ?? document.querySelector(selector);
  const line = find("[data-autosave-status]"), voice = find("[data-autosave-says]");
  let last = null, revision = form.dataset.revision, at = null;

  function ago() {
    const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
    if (seconds < 2) return line.dataset.now;
    const words = new Intl.RelativeTimeFormat(lang, { numeric: "always", style: "narrow" });
    return seconds < 60 ? words.format(-seconds, "second") : seconds < 3600 ? words.format(-Math.floor(seconds / 60), "minute")
      : words.format(-Math.floor(seconds / 3600), "hour");
  }

  function write(detail = "") {
    if (!line) return;
    line.dataset.state = last;
    line.textContent = (line.dataset[last] ?? "").replace("{ago}", at ? ago() : "").replace("{revision}", revision ?? "").replace("{detail}", detail);
  }

  setInterval(() => { if (last === "saved") write(); }, 2000);

  return {
    show(state, { revision: newer, at: when, detail } = {}) {
      if (newer !== undefined) revision = newer;
      if (when !== undefined) at = Math.min(Date.now(), Date.parse(when) || Date.now());
      if (state === "saved" && !at) state = "idle";
      const was = last;
      last = state;
      write(detail);
      if (voice && was !== state && (LOUD.has(state) || (LOUD.has(was) && state === "saved"))) voice.textContent = line?.textContent ?? "";
    },
  };
}
