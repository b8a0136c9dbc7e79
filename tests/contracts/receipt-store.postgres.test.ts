import { receiptStoreContract } from "./receipt-store.contract";

receiptStoreContract("PostgreSQL");
