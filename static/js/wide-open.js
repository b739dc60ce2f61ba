// <details data-wide-open open>: closed where there is no second column to read it in.
import { bind } from "./bind.js";

bind("[data-wide-open]", (details) => {
  if (matchMedia("(width < 64rem)").matches) details.open = false;
});
