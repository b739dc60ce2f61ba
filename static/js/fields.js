// A form's fields as a plain object, and back. A name that several controls share is a list.
const SKIP = new Set(["csrfmiddlewaretoken"]);

export function readFields(form) {
  const fields = {};
  for (const element of form.elements) {
    const { name, type } = element;
    if (!name || SKIP.has(name) || element.disabled || ["submit", "button", "file", "reset"].includes(type)) continue;
    if (element.closest("[data-autosave-skip]")) continue;
    if (type === "radio") { if (element.checked) fields[name] = element.value; continue; }
    const value = type === "checkbox" ? element.checked
      : type === "select-multiple" ? [...element.selectedOptions].map((option) => option.value) : element.value;
    if (type === "checkbox" && form.querySelectorAll(`[type=checkbox][name="${CSS.escape(name)}"]`).length > 1) {
      fields[name] ??= [];
      if (element.checked) fields[name].push(element.value);
    } else if (name in fields) {
      fields[name] = [fields[name]].flat().concat(value);
    } else {
      fields[name] = value;
    }
  }
  return fields;
}

export function writeFields(form, fields) {
  const used = {};
  for (const element of form.elements) {
    if (!(element.name in fields)) continue;
    const value = fields[element.name];
    if (element.type === "radio") element.checked = element.value === value;
    else if (element.type === "checkbox") element.checked = Array.isArray(value) ? value.includes(element.value) : Boolean(value);
    else if (element.type === "select-multiple") for (const option of element.options) option.selected = value.includes(option.value);
    else if (Array.isArray(value)) element.value = value[(used[element.name] = (used[element.name] ?? -1) + 1)] ?? "";
    else element.value = value;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export const sameFields = (one, other) => JSON.stringify(one) === JSON.stringify(other);
