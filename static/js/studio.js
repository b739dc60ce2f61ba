// Everything a page can do beyond links and forms. Each module binds itself by data-* attributes.
import "./theme.js";
import "./menu.js";
import "./keys.js";
import "./toast.js";
import "./tabs.js";
import "./once.js";
import "./pick.js";
import "./copy.js";
import "./live.js";
import "./editor.js"; // before autosave.js: it listens to what that one recovers
import "./review.js";
import "./wide-open.js";
import "./autosave.js";

// uPlot is the only large part: fetched where there is a chart.
import { bind } from "./bind.js";
bind("[data-chart]", async (figure) => (await import("./charts.js")).draw(figure));
bind("[data-focus]", (element) => element.focus());
