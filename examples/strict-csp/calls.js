// What would stand inline elsewhere. Calls wait here until the script has loaded.
window.loudhailer = window.loudhailer || [];
window.loudhailer.push((client) => {
  client.on("shown", ({ broadcast }) => {
    document.documentElement.dataset.shown = broadcast.message;
  });
});

// A client-side navigation: page rules follow it.
document.addEventListener("click", ({ target }) => {
  if (target.id === "pricing") history.pushState(null, "", "/pricing");
});
