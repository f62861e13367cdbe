try{let t=localStorage.getItem("mosaic-mode");(t==="light"||t==="dark")&&(document.documentElement.dataset.mode=t)}catch{}document.documentElement.classList.add("scripted");
