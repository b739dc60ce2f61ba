// A verdict that stands against a pair says why: the comment takes the focus until it does.
// The server asks for it too.
import { bind } from "./bind.js";

bind("form[data-review]", (form) => {
  const comment = form.elements.comment;
  const needed = form.querySelector("[data-comment-needed]");
  form.addEventListener("submit", (event) => {
    if (!event.submitter?.hasAttribute("data-needs-comment") || comment.value.trim()) return;
    event.preventDefault();
    needed.hidden = false;
    comment.focus();
  });
  comment.addEventListener("input", () => { if (comment.value.trim()) needed.hidden = true; });
});
