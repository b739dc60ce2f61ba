// Rows to act on together: form[data-pick] with input.pick in the rows, [data-pick-all] in the head,
// [data-pick-bar] shown while any is chosen, [data-pick-count] with data-text="{n} chosen".
import { bind } from "./bind.js";

bind("[data-pick]", (form) => {
  const rows = () => [...form.querySelectorAll("input.pick")];
  const all = form.querySelector("[data-pick-all]");
  const bar = form.querySelector("[data-pick-bar]");
  const count = form.querySelector("[data-pick-count]");
  let last = null;

  function tell() {
    const chosen = rows().filter((row) => row.checked).length;
    if (bar) bar.hidden = chosen === 0;
    if (count) count.textContent = count.dataset.text.replace("{n}", chosen);
    if (all) {
      all.checked = chosen > 0 && chosen === rows().length;
      all.indeterminate = chosen > 0 && chosen < rows().length;
    }
  }

  form.addEventListener("click", (event) => {
    const row = event.target.closest("input.pick");
    if (!row) return;
    if (event.shiftKey && last) {
      const list = rows();
      const [from, to] = [list.indexOf(last), list.indexOf(row)].sort((a, b) => a - b);
      for (const between of list.slice(from, to + 1)) between.checked = row.checked;
    }
    last = row;
  });
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const row of rows()) row.checked = all.checked;
    tell();
  });
  tell();
});
