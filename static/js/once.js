// A form is posted once, however often its button is pressed while the server thinks.
const BUSY = 4000;

function free(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(free, BUSY, form);  // an answer that is a download never leaves the page
});

addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));
