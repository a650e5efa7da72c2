// Asking the server for what a page needs besides its events; what goes wrong comes back as a sentence.

const SILENT = "Quoth does not answer. Is it still running?";

/** What stands at an address below the page, as JSON; `{ error }` where it cannot be had. */
export async function fetchJson(address, options = {}) {
  try {
    const response = await fetch(new URL(address, document.baseURI), options);
    const value = await response.json();
    return response.ok ? value : { error: value.detail || SILENT };
  } catch {
    return { error: SILENT };
  }
}
