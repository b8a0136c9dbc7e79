import { broadcastStoreContract } from "./broadcast-store.contract";

broadcastStoreContract("PostgreSQL");
