import type { Route } from "../route";
import * as figures from "./broadcast-figures";
import * as broadcasts from "./broadcasts";
import * as fixed from "./fixed";
import * as people from "./people";
import * as sessions from "./sessions";
import * as workspace from "./workspace";

/** Every route of the REST API by the name of its operation. */
export const ROUTES: ReadonlyMap<string, Route> = new Map(
  [broadcasts, figures, sessions, people, workspace, fixed].flatMap((module) =>
    Object.entries<Route>(module).map(([name, route]) => [name.replace(/Route$/, ""), route]),
  ),
);
