// The theme switch without a page load. The form behind it works on its own.
import { bind } from "./bind.js";

bind("[data-theme-form]", (form) => {
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    document.documentElement.dataset.theme = button.value;
    for (const each of form.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
    document.dispatchEvent(new CustomEvent("studio:theme"));
    const body = new FormData(form, button);
    await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
  });
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  document.dispatchEvent(new CustomEvent("studio:theme")));
