import { hydrateRoot } from "react-dom/client";
import { ReactPage } from "./react-page";

hydrateRoot(document.getElementById("root") ?? document.body, <ReactPage />, {
  onRecoverableError: (error) => console.error("hydration", error),
});
