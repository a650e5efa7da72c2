// Sending files to the server, and remembering the upload for as long as the page's tab is open.

const KEPT = "quoth-upload"; // where the browser remembers it, so that a reload finds it again

/** Sends one file and tells how much of it is gone, from 0 to 1; whether it arrived. */
export function send(token, number, file, sent) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", new URL(`quoth/shelf/${token}/${number}`, document.baseURI));
    request.upload.addEventListener("progress", ({ loaded, total }) => sent(total ? loaded / total : 1));
    request.addEventListener("load", () => resolve(request.status === 204));
    for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => resolve(false));
    request.send(file);
  });
}

export function keep(token) {
  try {
    sessionStorage.setItem(KEPT, token);
  } catch {
    // Private windows may forbid storage: after a reload the upload then goes on unseen.
  }
}

export function kept() {
  try {
    return sessionStorage.getItem(KEPT) || "";
  } catch {
    return "";
  }
}
