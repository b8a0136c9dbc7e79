import { receiptStoreContract } from "./receipt-store.contract";

receiptStoreContract("embedded PGlite");
