// "Bring your own": the dialog in which a Bundle is dropped, or a FHIR server is named.

import { NoChart, readFile } from "./bundle.js";
import { ownChart, serverChart } from "./charts.js";
import { byId, dayText, element } from "./dom.js";
import { nameOf } from "./fhir.js";

// Call `open` with the chart that was brought.
export function watchOwn(open) {
  const dialog = byId("own");
  let brought = null;

  const opened = async (chart) => {
    dialog.close();
    await open(await chart);
  };
  const tried = async (work) => {
    byId("own-error").hidden = true;
    try {
      await work();
    } catch (error) {
      byId("own-error").textContent =
        error instanceof NoChart
          ? error.message
          : "This chart could not be opened. Check the address and the patient id.";
      byId("own-error").hidden = false;
      if (!dialog.open) dialog.showModal();
    }
  };
  const taken = (file) =>
    tried(async () => {
      byId("own-patients").hidden = true;
      brought = await readFile(file);
      if (brought.patients.length === 1) return opened(ownChart(brought.patients[0], brought.resources));
      byId("own-patient").replaceChildren(
        ...brought.patients.map((each, number) =>
          element("option", { value: String(number) }, `${nameOf(each)}, born ${dayText(each.birthDate)} (${each.id})`),
        ),
      );
      byId("own-patients").hidden = false;
      byId("own-patient").focus();
    });

  byId("own-open").addEventListener("click", () => dialog.showModal());
  byId("own-close").addEventListener("click", () => dialog.close());
  byId("own-file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = ""; // the same file can be chosen again
    if (file) taken(file);
  });
  byId("own-choose").addEventListener("click", () =>
    tried(() => opened(ownChart(brought.patients[Number(byId("own-patient").value)], brought.resources))),
  );
  byId("own-server").addEventListener("submit", (event) => {
    event.preventDefault();
    tried(() => opened(serverChart(byId("own-base").value.trim(), byId("own-id").value.trim())));
  });
  watchDrop(byId("drop"), taken);
}

// A file that is dropped anywhere on the page is never opened by the browser itself.
function watchDrop(zone, taken) {
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => event.preventDefault());
  zone.addEventListener("dragenter", () => zone.classList.add("over"));
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    if (event.dataTransfer.files[0]) taken(event.dataTransfer.files[0]);
  });
}
