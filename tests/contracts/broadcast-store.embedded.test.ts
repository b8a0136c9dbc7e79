import { broadcastStoreContract } from "./broadcast-store.contract";

broadcastStoreContract("embedded PGlite");
