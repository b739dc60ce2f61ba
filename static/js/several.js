// [data-several]: boxes that share a name, one of them empty at the end to write the next in.
import { bind } from "./bind.js";

bind("[data-several]", (list) => {
  const boxes = () => [...list.querySelectorAll("textarea")];

  function add() {
    const box = boxes().at(-1).cloneNode();
    box.value = "";
    box.id = box.id.replace(/\d+$/, boxes().length + 1);
    boxes().at(-1).after(box);
  }

  list.addEventListener("input", () => { if (boxes().at(-1).value.trim()) add(); });
  // Text kept on this machine may have more of them than the page came with.
  list.closest("form").addEventListener("autosave:recovered", ({ detail }) => {
    const wanted = [detail.fields[boxes()[0].name] ?? []].flat().length;
    while (boxes().length < wanted) add();
  });
});
