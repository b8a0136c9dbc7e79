import { renderToString } from "react-dom/server";
import { ReactPage } from "./react-page";

export const html = renderToString(<ReactPage />);
