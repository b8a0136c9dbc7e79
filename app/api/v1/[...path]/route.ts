import { unknownAddress } from "@/lib/http/unknown-address";

export const GET = unknownAddress;
export const POST = unknownAddress;
export const PATCH = unknownAddress;
export const PUT = unknownAddress;
export const DELETE = unknownAddress;
