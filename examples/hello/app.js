// Everything that a page needs to know of its surroundings stands in window.portolan, set before this script runs.
const { extension, version, stage, region, config = {} } = window.portolan ?? {};

function show(id, text) {
  document.getElementById(id).textContent = text || "unknown";
}

show("greeting", config.greeting ?? "Hello");
show("note", config.note ?? " ");
show("extension", extension);
show("version", version);
show("region", region);
show("stage", stage);

// The revision is not part of the page, so that pages stay cacheable across revisions: it is a header of the answer.
try {
  const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" });
  show("revision", answer.headers.get("X-Portolan-Revision"));
  // Read to its end, empty as it is: else Chromium reports the request as aborted.
  await answer.text();
} catch {
  show("revision", "");
}
