// [data-meter data-words="{n} characters"]: how much text the form's boxes hold.
import { bind } from "./bind.js";

bind("[data-meter]", (meter) => {
  const form = meter.closest("form");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const count = () => {
    const texts = [...form.querySelectorAll("textarea")].map((box) => [...box.value].length);
    meter.textContent = meter.dataset.words.replace("{n}", number.format(texts.reduce((a, b) => a + b, 0)));
  };
  form.addEventListener("input", count);
  count();
});
