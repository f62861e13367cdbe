// Before anything is drawn: light or dark as it was chosen, so that no page flashes.
try {
  const mode = localStorage.getItem("mosaic-mode");
  if (mode === "light" || mode === "dark") document.documentElement.dataset.mode = mode;
} catch {
  // A browser that keeps nothing follows the system.
}
document.documentElement.classList.add("scripted");
