// form[data-autosave] data-url data-revision: what is typed is first kept on this machine, then sent.
// The server answers {revision, saved_at, url?, page?, heading?} or 409 {detail, revision, html?}. docs/ui.md tells all.
import { bind } from "./bind.js";
import { csrfToken } from "./csrf.js";
import { readFields, readSent, sameFields, writeFields } from "./fields.js";
import { statusOf } from "./saved.js";
import { meet, remind } from "./conflict.js";
import * as buffer from "./buffer.js";

const PAUSE = 800;
const AGAIN = 5000;

bind("form[data-autosave]", (form) => {
  const status = statusOf(form);
  // What was typed before this script came isn't saved, nor what was sent back with its errors (data-unsaved).
  let saved = "unsaved" in form.dataset ? {} : readSent(form);
  let timer = null, sending = false, stopped = false;

  const url = () => form.dataset.url;
  const fields = () => readFields(form);
  const tell = (name, detail) => form.dispatchEvent(new CustomEvent(`autosave:${name}`, { bubbles: true, detail }));
  const later = (ms) => { clearTimeout(timer); timer = setTimeout(save, ms); };

  function touched() {
    if (sameFields(fields(), saved) && !sending) { clearTimeout(timer); buffer.drop(url()); return status.show("saved"); }
    buffer.keep(url(), form.dataset.revision, fields());
    if (stopped) return;
    status.show("dirty");
    later(PAUSE);
  }

  async function save() {
    clearTimeout(timer);
    if (sending || stopped) return;
    if (!sameFields(fields(), saved)) await send(fields());
  }

  async function send(sent) {
    sending = true;
    status.show("saving");
    try {
      await settle(await fetch(url(), request(sent, form.dataset.revision)), sent);
    } catch {
      status.show("offline");
      later(AGAIN);
    } finally {
      sending = false;
    }
  }

  // What an earlier visit left here and the server never acknowledged.
  async function recover() {
    const kept = buffer.read(url());
    const early = !sameFields(fields(), saved);
    if (!kept || sameFields(kept.fields, saved) || sameFields(kept.fields, fields())) return early ? touched() : buffer.drop(url());
    if (early) {
      buffer.setAside(url(), kept.fields);
      remind(form, url());
      return touched();
    }
    tell("recovered", kept);
    if (String(kept.revision ?? "") === String(form.dataset.revision ?? "")) {
      writeFields(form, kept.fields);
      return save();
    }
    // It was based on an older revision: the server keeps it beside the newer one and answers with both.
    buffer.setAside(url(), kept.fields);
    try {
      const answer = await fetch(url(), request(kept.fields, kept.revision));
      if (answer.status === 409) { buffer.discardAside(url()); return conflict(await answer.json(), kept.fields); }
      if (answer.ok) { buffer.discardAside(url()); return location.reload(); }
    } catch { /* it stays set aside, where the person can read it */ }
    remind(form, url());
  }

  async function settle(answer, sent) {
    const type = answer.headers.get("Content-Type") ?? "";
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      status.show("expired");
      return later(AGAIN);
    }
    const body = type.includes("json") ? await answer.json() : {};
    if (answer.status === 409) return conflict(body, sent);
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    if (!answer.ok) { status.show("refused", { detail: body.detail ?? answer.statusText }); return tell("refused", body); }
    accept(body, sent);
  }

  function accept(body, sent) {
    saved = sent;
    buffer.drop(url());
    form.dataset.revision = body.revision;
    if (body.url) form.dataset.url = body.url;
    if (body.page) history.replaceState(null, "", body.page);
    if (body.heading) document.querySelector("h1").textContent = body.heading;
    status.show("saved", { revision: body.revision, at: body.saved_at });
    tell("saved", body);
    if (!sameFields(fields(), sent)) touched();
  }

  function conflict(body, mine) {
    stopped = true;
    status.show("conflict");
    meet(form, body, {
      keepMine() {
        if (!sameFields(fields(), mine) && sameFields(fields(), saved)) writeFields(form, mine);
        form.dataset.revision = body.revision;
        stopped = false;
        saved = {};
        save();
      },
      keepTheirs() {
        buffer.setAside(url(), sameFields(fields(), saved) ? mine : fields());
        location.reload();
      },
    });
    tell("conflict", { ...body, mine });
  }

  const request = (body, base) => ({
    method: "POST", redirect: "manual", credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify({ ...body, revision: base || null }),
  });

  function leave() {
    if (stopped || sameFields(fields(), saved)) return;
    buffer.keep(url(), form.dataset.revision, fields());
    fetch(url(), { ...request(fields(), form.dataset.revision), keepalive: true }).catch(() => {});
  }

  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  form.addEventListener("autosave:now", save);
  form.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
  addEventListener("online", save);
  addEventListener("focus", save);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) stopped = false; });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  remind(form, url());
  recover();
});
